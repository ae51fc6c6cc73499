"""Lives: contact, schooling and justice of the children of one block, year by year."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.attainment import Attainment, make_attainment
from cws_outcomes.synthetic.contact import Caseload
from cws_outcomes.synthetic.justice import Justice, JusticeLife
from cws_outcomes.synthetic.records import Contact
from cws_outcomes.synthetic.school_year import school_years
from cws_outcomes.synthetic.schooling import Schooling, SchoolLife
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import Timeline
from cws_outcomes.synthetic.trouble import Trouble


@dataclass(frozen=True)
class Life:
    """What happened to the children of a block, before anything of it is written down."""

    contact: Contact
    lines: Timeline
    """States of contact over all of life, as a perfect reader of the delivery knows them."""
    schooling: Schooling
    attainment: Attainment
    justice: Justice


def live(setting: Setting) -> Life:
    """
    Simulate the lives of a block, one academic year after another.

    Within a year contact comes first, in continuous time; schooling and justice follow its states
    day by day, and schools answer to the offences of the year. The other way round, trouble at
    school acts on the contact of the year after, and an offence can lead to a referral some days
    later.
    """
    caseload, school, justice = Caseload(setting), SchoolLife(setting), JusticeLife(setting)
    trouble = Trouble.none(setting.block.size)
    for year in school_years(int(np.min(setting.people.birth_year))):
        caseload.advance(year, trouble)
        lines = caseload.lines(year)
        now = school.advance(year, lines)
        offenders = justice.advance(year, lines, trouble)
        school.answer(year, offenders, now)
        caseload.refer_offenders(year, offenders)
        trouble = now
    contact, lines = caseload.finished()
    schooling = school.finished()
    return Life(
        contact,
        lines,
        schooling,
        make_attainment(setting, lines, schooling),
        justice.finished(lines),
    )
