"""Third stage: join episodes into unbroken spells of contact, care and enrolment."""
