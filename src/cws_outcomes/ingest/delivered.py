"""Reads one delivered table: renames, types, checks codes. It judges nothing and drops nothing."""

from pathlib import Path

from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.ingest.codes import require_known_codes
from cws_outcomes.ingest.manifest import load_manifest
from cws_outcomes.ingest.staging import stage_table
from cws_outcomes.ingest.types import require_types
from cws_outcomes.step import Inputs, Settings


def ingest(inputs: Inputs, settings: Settings) -> dict[str, str]:
    """
    Read one table of the delivery.

    Parameters
    ----------
    inputs : Inputs
        None but the codelists, as ``codelist_<name>``, and the folder for scratch.
    settings : Settings
        ``delivery``, the manifest's path, and ``writes``, the contract.

    Returns
    -------
    dict
        The contract's name to the name of the view made; its rows in the order of the files.

    Raises
    ------
    MissingTableError, MissingColumnError, EmptyTableError, TruncatedFileError, \
    ValueFormatError, UnknownCodeError, UnknownAuthorityError, MixedSourcesError
        By cause; no message holds a value of a row.
    """
    contract = CONTRACTS[settings["writes"]]
    manifest = load_manifest(Path(settings["delivery"]))
    connection = inputs.connection
    stage_table(connection, manifest, contract, inputs.scratch)
    require_types(connection, contract, manifest)
    require_known_codes(connection, contract.name)
    columns = ", ".join(contract.columns)
    connection.execute(f"create temp view typed as select {columns} from staged")
    return {contract.name: "typed"}
