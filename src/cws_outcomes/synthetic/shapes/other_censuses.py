"""Censuses beside the spring one: PLASC, autumn, summer, referral units, other provision."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl

from cws_outcomes.synthetic.days import Whole, day
from cws_outcomes.synthetic.school_year import SchoolYear
from cws_outcomes.synthetic.shapes.census import (
    NC_YEARS,
    STATUSES,
    census_columns,
    census_table,
    sen_provision,
)
from cws_outcomes.synthetic.shapes.frames import Column, File, dates, frame, whole
from cws_outcomes.synthetic.shapes.register import (
    Register,
    academic_year,
    coded,
    flagged,
    same,
)
from cws_outcomes.synthetic.tally import Tally
from cws_outcomes.synthetic.world import World

TERM_CENSUS = 2012
"""The one academic year, by its spring, with censuses of autumn and summer too."""

PLASC_YEARS = range(2002, 2006)
TYPES_FROM = 2004
"""First PLASC that tells the type of need."""

PRU_FILE, AP_FILE = "PRU_Census_2010_to_2013.txt", "AP_Census_2008_to_2020.txt"
PRU_YEARS, AP_YEARS = range(2010, 2014), range(2008, 2021)

# Not collected in these terms any more, or not delivered with them.
_SPRING_ONLY = ("EthnicGroup", "IDACI")

# Columns of PLASC and their names in later censuses; what is not here was not in it.
_PLASC = {
    "PupilMatchingRefAnonymous": "PupilMatchingRefAnonymous",
    "RecordStatus": "RecordStatus",
    "AcademicYear": "AcademicYear",
    "Gender": "Gender",
    "MonthOfBirth": "MonthOfBirth",
    "YearOfBirth": "YearOfBirth",
    "AgeAtStartOfAcademicYear": "AgeAtStartOfAcademicYear",
    "NCyearActual": "NCyearActual",
    "EthnicGroup": "EthnicGroupMinor",
    "FirstLanguage": "LanguageGroupMajor",
    "FSMeligible": "FSMeligible",
    "SENstatus": "SENprovision",
    "PrimarySENtype": "PrimarySENtype",
    "EnrolStatus": "EnrolStatus",
    "OnRoll": "OnRoll",
    "EntryDate": "EntryDate",
    "URN": "URN",
    "Estab": "Estab",
    "LA": "LA",
    "HomeLA": "HomeLA",
}
_PLASC_2002 = {
    "NCyearActual": "ActualNCYearGroup",
    "FirstLanguage": "MotherTongue",
    "FSMeligible": "FreeSchoolMeals",
    "SENstatus": "SENstage",
    "EnrolStatus": "RegistrationType",
}
_LANGUAGES = {"1_ENG": "ENG", "2_OTH": "OTH", "3_UNCL": None}

# PLASC 2002 holds labels in place of codes.
_LANGUAGE_LABELS = {"1_ENG": "English", "2_OTH": "Other", "3_UNCL": None}
_STATUS_LABELS = dict(zip(STATUSES, ("Current", "Current Main", "Current Subsidiary"), strict=True))
_ETHNIC_LABELS = {
    "WBRI": "White British",
    "WIRI": "White Irish",
    "WOTH": "Any Other White Background",
    "WIRT": "Traveller of Irish Heritage",
    "WROM": "Gypsy/Roma",
    "MWBC": "White and Black Caribbean",
    "MWBA": "White and Black African",
    "MWAS": "White and Asian",
    "MOTH": "Any Other Mixed Background",
    "AIND": "Indian",
    "APKN": "Pakistani",
    "ABAN": "Bangladeshi",
    "AOTH": "Any Other Asian Background",
    "BCRB": "Black Caribbean",
    "BAFR": "Black African",
    "BOTH": "Any Other Black Background",
    "CHNE": "Chinese",
    "OOTH": "Any Other Ethnic Group",
    "REFU": "Refused",
}


def plasc_table(world: World, census: int, register: Register) -> pl.DataFrame:
    """One January census of the years before there were three a year."""
    found = frame(census_columns(world, census, register))
    kept = [name for name in _PLASC if census >= TYPES_FROM or name != "PrimarySENtype"]
    table = found.select(
        *(pl.col(_PLASC[name]).alias(name) for name in kept), pl.col(found.columns[-1])
    )
    if census > PLASC_YEARS[0]:
        table = table.with_columns(pl.col("FirstLanguage").replace_strict(_LANGUAGES))
        names = {name: f"{name}_{census % 100:02d}" for name in kept}
    else:
        table = table.with_columns(
            pl.col("EthnicGroup").replace_strict(_ETHNIC_LABELS),
            pl.col("FirstLanguage").replace_strict(_LANGUAGE_LABELS),
            pl.col("EnrolStatus").replace_strict(_STATUS_LABELS),
        )
        names = {name: f"{_PLASC_2002.get(name, name)}_{census % 100:02d}" for name in kept}
    return table.rename(names)


def _term_table(world: World, term: str, register: Register) -> pl.DataFrame:
    """The spring's pupils at another term's census; the autumn's is the one before the spring."""
    # What was done to the spring's rows counts once.
    spring = census_table(replace(world, tally=Tally()), TERM_CENSUS, register)
    missed = world.streams(f"{term} census").random(len(spring))
    kept = pl.Series(missed >= world.dials.missed_term_census_share)
    if term == "AUT":
        suffix = f"_SPR{TERM_CENSUS % 100:02d}"
        # Who entered a school after October was not there yet.
        kept &= spring[f"EntryDate{suffix}"] < date(TERM_CENSUS - 1, 10, 1)
    world.tally.add("missed_term_census_share", f"rows of the {term} census", int((~kept).sum()))
    names = [name for name in spring.columns if not name.startswith(_SPRING_ONLY)]
    renamed = {name: name.replace("_SPR", f"_{term}") for name in names}
    return spring.filter(kept).select(names).rename(renamed)


def third_thursday(census: int) -> int:
    """Day of the January census."""
    first = day(census, 1, 15)
    return first + (3 - (first + 3) % 7) % 7  # 1 January 1970 was a Thursday


def unit_entry(census: int) -> int:
    """Day of entry that the census of referral units gives."""
    return day(census - 1, 11, 1)


def in_units(world: World) -> Whole:
    """Rows of provision that the census of referral units holds."""
    table = world.schooling.provision
    return np.flatnonzero(table.is_in_unit & np.isin(table.census, PRU_YEARS))


def in_other_provision(world: World) -> Whole:
    """Rows of provision that the census of other provision holds."""
    table = world.schooling.provision
    return np.flatnonzero(~table.is_in_unit & np.isin(table.census, AP_YEARS))


def _by_year(census: Whole, days: dict[int, int]) -> pl.Series:
    known = np.array([days[int(year)] for year in np.unique(census)], dtype=np.int32)
    return dates(known[np.searchsorted(np.unique(census), census)])


def _outside_school(world: World, row: Whole, register: Register) -> dict[str, Column]:
    """What both tables say of their pupils, by the names of the PRU census."""
    table = world.schooling.provision
    pupil, census, nc = table.pupil[row], table.census[row], table.nc[row]
    no_month = int((~register.has_month[pupil]).sum())
    world.tally.add("unknown_birth_month_share", "rows of other provision", no_month)
    on = {year: SchoolYear(year).census_day for year in AP_YEARS}
    known_on = np.array([on[int(year)] for year in census], dtype=np.int32)
    age = census - 1 - register.year[pupil] - (register.month[pupil] >= 9)
    needs = [
        sen_provision(table.needs[row][census == year], pupil[census == year], year)
        for year in np.unique(census)
    ]
    return {
        "PupilMatchingRefAnonymous": register.reference(pupil, known_on),
        "AcademicYear": academic_year(census),
        "CensusDate": _by_year(census, {year: third_thursday(year) for year in AP_YEARS}),
        "NCyearActual": coded(NC_YEARS, nc),
        "AgeAtStartOfAcademicYear": whole(age),
        "EntryDate": _by_year(census, {year: unit_entry(year) for year in AP_YEARS}),
        "Gender": flagged(register.is_male[pupil], "1", "2"),
        "EthnicGroupMajor": register.gathered(register.major, pupil),
        "LanguageGroupMajor": register.gathered(register.language, pupil),
        "YearOfBirth": whole(register.year[pupil]),
        "MonthOfBirth": register.told_month(pupil),
        "FSMeligible": whole(table.has_free_meals[row].astype(np.int64)),
        # Rows are by census.
        "SENprovision": pl.concat(needs) if needs else same("", 0),
    }


def pru_table(world: World, register: Register) -> pl.DataFrame:
    """Pupil referral units of four years, in one table."""
    return frame(_outside_school(world, in_units(world), register), prefix="PRU_")


def ap_table(world: World, register: Register) -> pl.DataFrame:
    """Alternative provision, in one table: no curriculum year, language or area."""
    names = {
        "PupilMatchingRefAnonymous": "PupilMatchingRefAnonymous",
        "AcademicYear": "ACADYR",
        "AgeAtStartOfAcademicYear": "Age_Start",
        "Gender": "Gender",
        "EthnicGroupMajor": "EthnicGroupMajor",
        "YearOfBirth": "YearOfBirth",
        "MonthOfBirth": "MonthOfBirth",
        "FSMeligible": "FSMeligible",
        "SENprovision": "SENProvision",
        "CensusDate": "CensusDate",
    }
    columns = _outside_school(world, in_other_provision(world), register)
    return frame({theirs: columns[ours] for ours, theirs in names.items()}, prefix="AP_")


def other_census_files(world: World) -> Iterator[File]:
    """All other censuses."""
    register = Register.of(world)
    for census in PLASC_YEARS:
        yield File(f"PLASC_{census}.txt", plasc_table(world, census, register))
    yield File(f"Autumn_Census_{TERM_CENSUS}.txt", _term_table(world, "AUT", register))
    yield File(f"Summer_Census_{TERM_CENSUS}.txt", _term_table(world, "SUM", register))
    yield File(PRU_FILE, pru_table(world, register))
    yield File(AP_FILE, ap_table(world, register))
