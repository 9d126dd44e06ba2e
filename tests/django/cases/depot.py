"""The store of tests/fixtures/suites/depot: its tests call views and helpers themselves."""

APP = "depot"
SETTINGS = {"ROOT_URLCONF": "depot.urls", "LOGIN_URL": "/login/"}
