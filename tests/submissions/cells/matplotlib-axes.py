# about: figures, looked at through their axes
# needs: matplotlib

# %% given
import matplotlib.pyplot as plt
import numpy as np

# %% right
def plot_sine(ax=None):
    if ax is None:
        _, ax = plt.subplots()
    x = np.linspace(0, 2 * np.pi, 50)
    ax.plot(x, np.sin(x), "r--", label="sin")
    ax.set_xlabel("x")
    ax.set_title("Sine")
    ax.legend()
    return ax

# %% test
ax = plot_sine()
assert ax.get_title() == "Sine" and ax.get_xlabel() == "x"
assert len(ax.lines) == 1
plt.close("all")
### BEGIN HIDDEN TESTS: the line
figure, axes = plt.subplots(1, 2)
assert plot_sine(axes[1]) is axes[1]
line = axes[1].get_lines()[0]
np.testing.assert_allclose(line.get_ydata(), np.sin(line.get_xdata()))
assert line.get_color() == "r" and line.get_linestyle() == "--"
assert not axes[0].lines
assert [t.get_text() for t in axes[1].get_legend().get_texts()] == ["sin"]
plt.close(figure)
### END HIDDEN TESTS
