# family: reading the tests
# tries: to be told the source of each cell by an audit hook

# %% start
import sys

seen = []
sys.addaudithook(lambda name, args: seen.append(args[0]) if name == "compile" else None)
sys.addaudithook(lambda name, args: seen.append(repr(args[0].co_consts)) if name == "exec" else None)

# %% end
print("\n".join(str(s.decode() if isinstance(s, bytes) else s) for s in seen if s and "sea" "led_" in str(s)))
