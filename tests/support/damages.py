"""The two hundred damages: kind by table, year and column, each with its seed."""

from dataclasses import dataclass
from pathlib import Path

from support import damage as d
from support.damage import Kind, no_receipt, sheet_of, swapped_with, under_the_year

CENSUS = ("school_census", 2015)
ABSENCE = ("absence", 2015)
WIDE = ("exclusions_wide", 2014)
LONG = ("exclusions_long", 2016)
KS2 = ("key_stage_2", None)
KS4 = ("key_stage_4", None)
NEED = ("children_in_need", None)
CARE = ("care_episodes", None)
PNC = ("offences", None)
Target = tuple[str, int | None]

_STRUCTURE: dict[Kind, tuple[Target, ...]] = {
    d.drop_file: (CENSUS, NEED, KS4),
    d.empty_file: (CENSUS, CARE),
    d.only_header: (ABSENCE, PNC),
    d.cut_in_a_line: (CENSUS, NEED, PNC),
    d.lose_last_half: (CENSUS, CARE),
    no_receipt(d.lose_last_half): (CENSUS, ABSENCE, NEED, CARE, PNC, KS4),
    d.lose_middle_half: (NEED, KS2),
    no_receipt(d.lose_middle_half): (CENSUS, ABSENCE, NEED, PNC),
    no_receipt(d.lose_a_tenth): (CENSUS, ABSENCE, LONG, NEED, CARE, PNC),
    d.repeat_all_rows: (CENSUS, PNC),
    no_receipt(d.repeat_all_rows): (CENSUS, ABSENCE, LONG, NEED, CARE, PNC),
    no_receipt(d.repeat_a_twentieth): (CENSUS, ABSENCE, NEED, CARE, PNC),
    d.shuffle_rows: (CENSUS, ABSENCE, WIDE, LONG, KS2, KS4, NEED, CARE, PNC),
    d.shuffle_columns: (CENSUS, WIDE, NEED, PNC),
    d.no_header: (CENSUS, NEED, PNC),
    no_receipt(d.header_again): (CENSUS, NEED, KS2, PNC),
    d.other_delimiter: (CENSUS, PNC),
    d.upper_case_header: (CENSUS, NEED),
    d.extra_column: (CENSUS, CARE),
    d.byte_order_mark: (CENSUS, PNC),
    d.windows_line_ends: (ABSENCE, NEED, PNC),
    d.quoted_fields: (CENSUS, LONG, PNC),
    d.utf_16: (CENSUS, NEED),
    no_receipt(d.line_break_in_a_row): (CENSUS, PNC),
    under_the_year(1): (CENSUS, ABSENCE, WIDE),
    under_the_year(-1): (CENSUS, ABSENCE),
}

_COLUMNS: dict[Kind, tuple[tuple[Target, str], ...]] = {
    d.drop_column: ((CENSUS, "nc_year"), (NEED, "closure_date"), (PNC, "offence_date")),
    d.rename_column: ((CENSUS, "sex"), (CARE, "legal_status"), (KS4, "basics_2016")),
    d.column_twice: ((CENSUS, "ethnicity"), (PNC, "disposal")),
    d.empty_column: (
        (CENSUS, "ethnicity"), (CENSUS, "home_la"), (ABSENCE, "sessions_possible_spring"),
        (NEED, "closure_date"), (NEED, "la_child_id"), (CARE, "placement"), (PNC, "disposal_date"),
        (KS4, "attainment_8"),
    ),
    d.zeros: (
        (CENSUS, "age_at_start"), (CENSUS, "fsm_eligible"), (CENSUS, "birth_month"),
        (ABSENCE, "sessions_unauthorised_autumn"), (LONG, "sessions"), (NEED, "referral_nfa"),
    ),
    d.constant: ((CENSUS, "sen_provision"), (CENSUS, "school_la"), (CARE, "legal_status")),
    d.rows_against_column: (
        (CENSUS, "pupil_reference"), (CENSUS, "birth_year"), (ABSENCE, "pupil_reference"),
        (LONG, "pupil_reference"), (KS2, "pupil_reference"), (NEED, "pupil_reference"),
        (CARE, "pupil_reference"), (PNC, "pupil_reference"),
    ),
    d.lower_case: (
        (CENSUS, "ethnicity"), (CENSUS, "sex"), (NEED, "closure_reason"), (CARE, "placement"),
        (LONG, "category"), (PNC, "pupil_reference"),
    ),
    d.upper_case: ((CENSUS, "pupil_reference"), (ABSENCE, "pupil_reference")),
    d.padded_with_blanks: ((CENSUS, "pupil_reference"), (NEED, "la_child_id"), (CARE, "la")),
    d.padded_with_nul: ((CENSUS, "sex"), (PNC, "disposal")),
    d.cut_short: ((CENSUS, "pupil_reference"), (NEED, "pupil_reference"), (KS4, "pupil_reference")),
    d.unknown_code: (
        (CENSUS, "ethnicity"), (CENSUS, "home_la"), (NEED, "closure_reason"), (CARE, "placement"),
        (PNC, "adjudication"), (WIDE, "category"),
    ),
    d.latin_byte: ((CENSUS, "school_urn"), (NEED, "la_child_id")),
    d.open_quote: ((CENSUS, "school_urn"), (PNC, "case_id")),
    d.swap_two_codes: (
        (CENSUS, "home_la"), (CENSUS, "school_la"), (NEED, "la"), (CARE, "la"),
        (CENSUS, "ethnicity"), (CENSUS, "language"), (NEED, "closure_reason"),
        (CARE, "legal_status"), (PNC, "disposal"), (LONG, "category"),
    ),
    no_receipt(d.lose_one_place): ((CENSUS, "school_la"), (NEED, "la"), (CARE, "la")),
    d.another_known_code: ((CENSUS, "sex"), (NEED, "closure_reason"), (PNC, "disposal")),
    d.british_dates: ((CENSUS, "entry_date"), (NEED, "referral_date"), (PNC, "offence_date")),
    d.day_for_month: (
        (CENSUS, "entry_date"), (LONG, "start_date"), (NEED, "referral_date"),
        (CARE, "episode_start_date"), (PNC, "offence_date"),
    ),
    d.two_digit_years: ((NEED, "referral_date"), (CARE, "episode_end_date")),
    d.with_a_time: ((NEED, "plan_start_date"), (PNC, "disposal_date")),
    d.a_year_later: (
        (CENSUS, "entry_date"), (CENSUS, "birth_year"), (CENSUS, "academic_year"),
        (LONG, "start_date"), (NEED, "referral_date"), (NEED, "return_year"),
        (CARE, "episode_start_date"), (PNC, "offence_date"), (KS4, "academic_year"),
    ),
    d.a_day_later: ((NEED, "referral_date"), (CARE, "episode_start_date")),
    d.first_of_month: ((LONG, "start_date"), (NEED, "closure_date"), (PNC, "disposal_date")),
    d.before_all_others: (
        (NEED, "closure_date"), (NEED, "plan_end_date"), (NEED, "assessment_date"),
        (CARE, "episode_end_date"), (PNC, "disposal_date"),
    ),
    d.sentinels: ((NEED, "closure_date"), (CARE, "episode_end_date")),
    d.with_decimals: ((CENSUS, "birth_year"), (ABSENCE, "sessions_possible_autumn")),
    d.decimal_commas: ((KS4, "attainment_8"), (LONG, "sessions")),
    d.ten_times: (
        (KS4, "attainment_8"), (KS2, "reading_mark"), (ABSENCE, "sessions_possible_autumn"),
        (LONG, "sessions"), (CENSUS, "age_at_start"),
    ),
    d.words_for_numbers: ((CENSUS, "birth_year"), (KS2, "reading_mark")),
    d.blanked_in_part: (
        (CENSUS, "sex"), (NEED, "pupil_reference"), (CARE, "pupil_reference"),
        (NEED, "la_child_id"), (PNC, "pupil_reference"),
    ),
    d.mirrored_sex: ((CENSUS, "sex"), (NEED, "sex"), (CARE, "sex")),
    d.other_codes_for_sex: ((CENSUS, "sex"), (NEED, "sex")),
    swapped_with("home_la"): ((CENSUS, "school_la"),),
    swapped_with("birth_year"): ((CENSUS, "birth_month"),),
    swapped_with("closure_date"): ((NEED, "referral_date"),),
    swapped_with("plan_end_date"): ((NEED, "plan_start_date"),),
    swapped_with("episode_end_date"): ((CARE, "episode_start_date"),),
    swapped_with("disposal_date"): ((PNC, "offence_date"),),
    swapped_with("sessions_authorised_autumn"): ((ABSENCE, "sessions_possible_autumn"),),
    swapped_with("maths_mark"): ((KS2, "reading_mark"),),
}  # fmt: skip


@dataclass(frozen=True)
class Damage:
    """One kind at one place."""

    kind: Kind
    table: str
    year: int | None
    column: str
    seed: int

    @property
    def name(self) -> str:
        parts = (self.kind.__name__, self.table, self.column)
        return " ".join(part for part in parts if part)

    def inflict(self, manifest_file: Path, receipt: Path) -> Path:
        """Damage the file; the receipt forgets it where the damage would be told by its rows."""
        sheet = sheet_of(manifest_file, self.table, self.year, self.seed)
        self.kind(sheet, self.column)
        sheet.write()
        if not sheet.keeps_receipt:
            name = sheet.file.path.name
            lines = receipt.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith(f"{name},")]
            receipt.write_text("".join(kept), encoding="utf-8")
        return sheet.file.path


DAMAGES = tuple(
    Damage(kind, *target, column, seed)
    for seed, (kind, target, column) in enumerate(
        [(kind, target, "") for kind, targets in _STRUCTURE.items() for target in targets]
        + [(kind, target, c) for kind, places in _COLUMNS.items() for target, c in places]
    )
)
