"""What somebody ticks in a form that was given out comes back as the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from filled_forms import EXPORTS, Exported, read_back, said_by, ticked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import random_people

from triage.answers.reading import SavedCase

if TYPE_CHECKING:
    from pathlib import Path

    from filled_forms import GivenOut


SEVERAL = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.name)
@SEVERAL
@given(seed=st.integers(0, 10**9))
def test_what_is_ticked_comes_back(export: Exported, given_out: GivenOut, tmp_path: Path, seed: int) -> None:
    people = [ticked(given_out.form, one) for one in random_people(given_out.protocol, given_out.cases, 12, seed)]
    path = tmp_path / f"filled{export.suffix}"
    path.write_text(export.text(given_out, people), encoding="utf-8")
    back = read_back(path, given_out.protocol.questionnaire)
    assert len(back) == len(people)
    for boxes, found in zip(people, back, strict=True):
        assert isinstance(found, SavedCase), found
        assert (found.answers.states, found.answers.set_aside) == said_by(given_out.protocol.questionnaire, boxes)
        assert found.questionnaire_version == given_out.protocol.questionnaire.version
