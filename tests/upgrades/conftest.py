"""The world of the stories, for what lives on after an upgrade."""

from tests.stories.conftest import world  # noqa: F401 - a fixture
