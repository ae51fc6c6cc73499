"""Every story ends as it says, shows a trap that is listed, and is on the page."""

from collections import Counter

import pytest
from support.stories import PAGE, Story, came_out, expected, lived, page, stories, traps

STORIES = stories()


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_a_story_ends_as_it_says(story: Story) -> None:
    made = lived(story)

    for table in story.expect:
        wanted, columns = expected(story, table)
        found = came_out(made, table, columns)
        assert found == wanted, f"{story.title}\n\n{table}, as found:\n{found}\n\n{story.because}"


def test_there_are_enough_stories_and_each_has_its_own_title() -> None:
    titles = Counter(story.title for story in STORIES)

    assert len(STORIES) >= 40
    assert titles.most_common(1)[0][1] == 1


def test_every_trap_has_a_story_and_every_story_a_trap() -> None:
    shown = {trap for story in STORIES for trap in story.trap}

    assert shown == set(traps())


def test_the_page_of_stories_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: make docs"
