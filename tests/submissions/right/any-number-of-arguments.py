# exercise: shift

# %% right
def shift(*args, alphabet="abcdefghijklmnopqrstuvwxyz", **options):
    text, n = args
    made = []
    for sign in text:
        place = alphabet.find(sign)
        made.append(sign if place < 0 else alphabet[(place + n) % len(alphabet)])
    return "".join(made)
