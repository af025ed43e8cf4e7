# family: reading the tests
# tries: to find the text of tests, and their compiled code, among all objects

# %% end
import gc
import types

word = "sea" + "led_"
found = set()
for thing in gc.get_objects():
    values = list(thing.values()) if type(thing) is dict else thing if type(thing) in (list, tuple) else ()
    for value in [thing, *values]:
        if type(value) is str and word in value:
            found.add(value)
        elif isinstance(value, types.CodeType):
            found.update(str(c) for c in (*value.co_consts, *value.co_names) if word in str(c))
        elif isinstance(value, types.FunctionType) and word in value.__name__:
            found.add(value.__name__)
print([text.replace(word, "sealed_")[::-1] for text in found][:50])
