"""Lives with contact and offending only, and what is seen of them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from cws_outcomes.synthetic.blocks import SIX_COHORTS
from cws_outcomes.synthetic.contact import Caseload
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.justice import JusticeLife
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import make_people
from cws_outcomes.synthetic.policy import AS_IS
from cws_outcomes.synthetic.school_year import school_years
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.tally import Tally
from cws_outcomes.synthetic.trouble import Trouble
from cws_outcomes.synthetic.worlds import Planted

PUPILS = 20_000


def settled(dials: Dials, policy=AS_IS) -> Setting:
    order = Order(PUPILS, 24, 11, SIX_COHORTS, Planted("test", "test", dials))
    block = next(order.blocks())
    people = make_people(block, order.places, order.schools, dials)
    return Setting(block, order.places, order.schools, people, dials, policy)


def lived(setting: Setting, trouble: Trouble | None = None) -> SimpleNamespace:
    """Contact and offending without schools; the same trouble every year."""
    caseload, justice = Caseload(setting), JusticeLife(setting)
    trouble = trouble or Trouble.none(setting.block.size)
    drawn = []
    for year in school_years(SIX_COHORTS[0]):
        caseload.advance(year, Trouble.none(setting.block.size))
        offenders = justice.advance(year, caseload.lines(year), trouble)
        assert np.all((offenders.on >= year.first) & (offenders.on < year.after))
        caseload.refer_offenders(year, offenders)
        drawn.append(offenders)
    contact, lines = caseload.finished()
    return SimpleNamespace(
        setting=setting, contact=contact, lines=lines, justice=justice.finished(lines), drawn=drawn
    )


def lived_often() -> SimpleNamespace:
    """Offending is made eight times as common, so that a second of test can see its effects."""
    dials = replace(Dials(), offence_level=8 * Dials().offence_level)
    return lived(settled(dials))


class Named:
    """References that name the row of their child."""

    def on(self, child, days):
        return np.char.add("SYNTHETIC", child.astype("U9"))


def seen(life: SimpleNamespace, **dials: object) -> SimpleNamespace:
    """What the observation layer needs to know of a world."""
    setting = life.setting
    return SimpleNamespace(
        block=setting.block,
        streams=setting.block.streams,
        dials=replace(setting.dials, **dials),
        people=setting.people,
        justice=life.justice,
        references=Named(),
        tally=Tally(),
    )


def counts(tally: Tally, of: str) -> dict[str, int]:
    return {dial: count for dial, what, count in tally.rows() if what == of}
