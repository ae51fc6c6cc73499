"""The synthetic world of one block: what happened, before anything of it is written down."""

from dataclasses import dataclass, field

from cws_outcomes.synthetic.absence import Absence
from cws_outcomes.synthetic.attainment import Attainment
from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.care import apart_from
from cws_outcomes.synthetic.days import NEVER
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.exclusions import Exclusions
from cws_outcomes.synthetic.identifiers import LaChildIds, References, make_references
from cws_outcomes.synthetic.justice import Justice, remands
from cws_outcomes.synthetic.life import live
from cws_outcomes.synthetic.people import People, make_people
from cws_outcomes.synthetic.places import Places
from cws_outcomes.synthetic.policy import AS_IS
from cws_outcomes.synthetic.records import CareSpells, Contact, stacked_care
from cws_outcomes.synthetic.schooling import PupilYears, Schooling
from cws_outcomes.synthetic.schools import Schools
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.tally import Tally
from cws_outcomes.synthetic.timeline import Timeline


@dataclass(frozen=True)
class World:
    """What a delivery is cut from. ``care`` holds remand too, which ``contact.care`` does not."""

    block: Block
    dials: Dials
    places: Places
    schools: Schools
    people: People
    references: References
    la_child_ids: LaChildIds
    contact: Contact
    care: CareSpells
    lines: Timeline
    schooling: Schooling
    attainment: Attainment
    justice: Justice
    tally: Tally = field(default_factory=Tally)

    @property
    def streams(self) -> Streams:
        """Random streams of what is observed and written down."""
        return self.block.streams

    @property
    def years(self) -> PupilYears:
        """Pupils' years on roll."""
        return self.schooling.years

    @property
    def exclusions(self) -> Exclusions:
        """Suspensions and permanent exclusions."""
        return self.schooling.exclusions

    @property
    def absence(self) -> Absence:
        """Sessions missed."""
        return self.schooling.absence


def make_world(block: Block, places: Places, schools: Schools, dials: Dials) -> World:
    """Simulate the children of a block, in the order of causes."""
    people = make_people(block, places, schools, dials)
    setting = Setting(block, places, schools, people, dials, AS_IS)
    life = live(setting)
    remanded = remands(setting, life.justice)
    adoption = life.contact.adoption
    references = make_references(block, people, adoption, dials.kept_reference_share)
    tally = Tally()
    keeps = (adoption < NEVER) & (references.change == NEVER) & (references.first != "")
    tally.add("kept_reference_share", "adopted pupils", int(keeps.sum()))
    return World(
        block=block,
        dials=dials,
        places=places,
        schools=schools,
        people=people,
        references=references,
        la_child_ids=LaChildIds.of(block),
        contact=life.contact,
        care=stacked_care([life.contact.care, apart_from(life.contact.care, remanded)]),
        lines=life.lines,
        schooling=life.schooling,
        attainment=life.attainment,
        justice=life.justice,
        tally=tally,
    )
