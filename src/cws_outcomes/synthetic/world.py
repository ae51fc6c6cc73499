"""The whole synthetic world: what happened, before anything of it is written down."""

from dataclasses import dataclass

from cws_outcomes.synthetic.attainment import Attainment, make_attainment
from cws_outcomes.synthetic.contact import make_contact
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Streams
from cws_outcomes.synthetic.identifiers import LaChildIds, References, make_references
from cws_outcomes.synthetic.justice import Justice, make_justice, remands
from cws_outcomes.synthetic.people import People, make_people
from cws_outcomes.synthetic.places import Places, make_places
from cws_outcomes.synthetic.planted import contact_spells
from cws_outcomes.synthetic.records import CareSpells, Contact, stacked_care
from cws_outcomes.synthetic.schooling import (
    Absence,
    Exclusions,
    PupilYears,
    make_absence,
    make_exclusions,
    pupil_years,
)
from cws_outcomes.synthetic.schools import Schools, make_schools
from cws_outcomes.synthetic.timeline import Timeline, timeline


@dataclass(frozen=True)
class World:
    """What a delivery is cut from. ``care`` holds remand too, which ``contact.care`` does not."""

    streams: Streams
    dials: Dials
    places: Places
    people: People
    references: References
    la_child_ids: LaChildIds
    contact: Contact
    care: CareSpells
    lines: Timeline
    schools: Schools
    years: PupilYears
    exclusions: Exclusions
    absence: Absence
    attainment: Attainment
    justice: Justice


def make_world(pupils: int, las: int, seed: int, dials: Dials) -> World:
    """Simulate places, people, contact, schooling and justice, in the order of their causes."""
    streams = Streams(seed)
    places = make_places(las, streams, dials)
    people = make_people(places, pupils, streams, dials)
    contact = make_contact(people, places, streams, dials)
    lines = timeline(people.birth, contact.adoption, contact_spells(contact))
    schools = make_schools(people, places, streams, dials)
    years = pupil_years(people, schools)
    justice = make_justice(people, places, lines, streams, dials)
    remanded = remands(people, places, justice.offences, streams)
    taught = (people, places, schools, lines, years, streams, dials)
    return World(
        streams=streams,
        dials=dials,
        places=places,
        people=people,
        references=make_references(people, contact.adoption, streams),
        la_child_ids=LaChildIds.of(people, places),
        contact=contact,
        care=stacked_care([contact.care, remanded]),
        lines=lines,
        schools=schools,
        years=years,
        exclusions=make_exclusions(*taught),
        absence=make_absence(people, places, lines, years, streams),
        attainment=make_attainment(*taught),
        justice=justice,
    )
