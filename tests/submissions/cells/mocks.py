# about: mocks handed to the student's code

# %% right
class Alarm:
    def __init__(self, sensor, notify):
        self.sensor, self.notify = sensor, notify

    def check(self):
        value = self.sensor.read()
        if value > 30:
            self.notify("too hot", value=value)
            return True
        return False

# %% test
from unittest.mock import ANY, Mock, call

sensor = Mock()
sensor.read.return_value = 35
notify = Mock()
assert Alarm(sensor, notify).check() is True
notify.assert_called_once_with("too hot", value=35)
### BEGIN HIDDEN TESTS: a row of values
sensor.read.side_effect = [10, 31, 12]
alarm = Alarm(sensor, notify)
assert [alarm.check() for _ in range(3)] == [False, True, False]
assert notify.mock_calls == [call("too hot", value=35), call("too hot", value=31)]
assert sensor.read.call_count == 4
sensor.read.side_effect = OSError("unplugged")
try:
    alarm.check()
except OSError as e:
    assert str(e) == "unplugged"
else:
    assert False
### END HIDDEN TESTS
