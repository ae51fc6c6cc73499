"""Every code that school tables are known to hold has a line in the study's codelists."""

import csv

import pytest
from support.text_tables import ROOT

from cws_outcomes.contracts.delivered import CODED_COLUMNS
from cws_outcomes.contracts.harmonised import ETHNIC_GROUPS, SEN_GROUPS

KNOWN = {
    "ethnicity": (
        "WBRI WIRI WOTH WIRT WROM MWBC MWBA MWAS MOTH AIND APKN ABAN AOTH BCRB BAFR BOTH CHNE OOTH "
        "REFU NOBT MISS INVA UNCL N/A MWAF MWBR WBR* NA NOT WHIT MIXD ASIA BLAC CHIN AOEG"
    ),
    "sen_provision": "N A P K S E 1_NON 2_SNS 3_SS 4_UNCL",
    "sen_type": "SPLD MLD SLD PMLD BESD SEMH SLCN HI VI MSI PD ASD OTH NSA",
    "enrolment_status": "C M S F O G",
    "nc_year": "R 1 2 3 4 5 6 7 8 9 10 11 12 13 14 N1 N2 X",
    "language": "1_ENG 2_OTH 3_UNCL ENG ENB OTH OTB",
    "sex": "M F 1 2 0 9 U",
    "exclusion_category": "PERM FIXD SUSP LNCH P F",
    "exclusion_reason": "PP PA VP VA BU RA SM DA DM TH DB OT OW LG DS MT PH",
    "key_stage_1_result": "D W 1 2C 2B 2A 3 4",
    "key_stage_2_level": "B N 2 3 4 5 6",
    "key_stage_2_subject": "9980 9981 9982 9983 9984 9985",
}
LABELS = {
    "ethnicity": {"WHITE BRITISH": "white", "PAKISTANI": "asian", "CHINESE": "other"},
    "sen_provision": {"SCHOOL ACTION PLUS": "support", "STATEMENT": "plan"},
    "nc_year": {"YEAR 11": "11", "RECEPTION": "0"},
}


def groups(codelist: str) -> dict[str, str]:
    file = ROOT / "config" / "codelists" / f"{codelist}.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return {line["code"]: line["group"] for line in csv.DictReader(lines)}


@pytest.mark.parametrize("codelist", KNOWN)
def test_codes_that_are_known_from_real_tables_are_listed(codelist: str):
    assert set(KNOWN[codelist].split()) <= groups(codelist).keys()


@pytest.mark.parametrize("codelist", LABELS)
def test_labels_of_plasc_mean_what_the_codes_mean(codelist: str):
    found = groups(codelist)

    assert {label: found[label] for label in LABELS[codelist]} == LABELS[codelist]


@pytest.mark.parametrize("codelist", sorted({name for _, _, name in CODED_COLUMNS} & KNOWN.keys()))
def test_codes_are_compared_in_upper_case(codelist: str):
    assert all(code == code.upper() == code.strip() for code in groups(codelist))


@pytest.mark.parametrize(
    ("codelist", "allowed"),
    [
        ("ethnicity", {*ETHNIC_GROUPS, ""}),
        ("sen_provision", {*SEN_GROUPS, ""}),
        ("exclusion_category", {"permanent", "suspension", "lunchtime"}),
        ("sex", {"female", "male", ""}),
    ],
)
def test_groups_are_those_of_the_harmonised_tables(codelist: str, allowed: set[str]):
    assert set(groups(codelist).values()) <= allowed
