# family: forged messages
# tries: to break the checker by an error where it asks for a name, before any test runs

# %% answer total
from gabarito.engine.remote.student_side import StudentSide


def refuse(self, name):
    raise LookupError(name)


StudentSide._name = refuse
