# exercise: shift

# %% right
def make_shift():
    letters = "abcdefghijklmnopqrstuvwxyz"

    def shift(text, n):
        n %= 26
        return text.translate(str.maketrans(letters, letters[n:] + letters[:n]))

    return shift


shift = make_shift()
