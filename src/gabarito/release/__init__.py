"""From an instructor's notebooks to the students' version, the record of what was released and the tests."""

from gabarito.release.release import MISSED_POINTS, Release, ReleasedCell, release

__all__ = ["MISSED_POINTS", "Release", "ReleasedCell", "release"]
