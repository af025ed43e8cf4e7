# exercise: roman

# %% right
class Roman(str):
    pass


def roman(n):
    table = {1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC", 50: "L", 40: "XL", 10: "X", 9: "IX", 5: "V"}
    table |= {4: "IV", 1: "I"}
    for value in table:
        if n >= value:
            return Roman(table[value] + roman(n - value))
    return Roman()
