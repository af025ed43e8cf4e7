"""Settings of all tests: how long a hypothesis example takes says more about the machine than about the code."""

from hypothesis import HealthCheck, settings

settings.register_profile("gabarito", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gabarito")
