# about: objects with methods, attributes and a representation

# %% right
class Account:
    """Money of one owner."""

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self

    def __repr__(self):
        return f"Account({self.owner!r}, {self.balance})"

# %% test
account = Account("ana")
assert account.balance == 0
account.deposit(50).deposit(25)
assert account.balance == 75
### BEGIN HIDDEN TESTS: history and representation
assert account.history == [50, 25]
assert repr(Account("bo", 3)) == "Account('bo', 3)"
assert Account("x").history is not Account("y").history
assert not hasattr(account, "password")
account.owner = "eve"
assert account.owner == "eve" and "eve" in str(account)
### END HIDDEN TESTS
