# about: class attributes, class methods, static methods and inheritance

# %% right
class Animal:
    count = 0

    def __init__(self, name):
        self.name = name
        Animal.count += 1

    @classmethod
    def named(cls, *names):
        return [cls(n) for n in names]

    @staticmethod
    def is_valid(name):
        return name.isalpha()

    def speak(self):
        return "..."


class Dog(Animal):
    def speak(self):
        return f"{self.name} says {super().speak()}woof"

# %% test
before = Animal.count
dogs = Dog.named("Rex", "Fido")
assert Animal.count == before + 2
assert [d.speak() for d in dogs] == ["Rex says ...woof", "Fido says ...woof"]
### BEGIN HIDDEN TESTS: kinds
assert all(isinstance(d, Dog) and isinstance(d, Animal) for d in dogs)
assert type(dogs[0]) is Dog and type(Animal.named("x")[0]) is Animal
assert Dog.is_valid("abc") and not Animal.is_valid("a1")
assert Dog.__mro__[1] is Animal and Dog.__name__ == "Dog"
assert not hasattr(object(), "speak") and callable(getattr(dogs[0], "speak"))
Animal.count = 0
Dog("x")
assert Animal.count == 1
### END HIDDEN TESTS
