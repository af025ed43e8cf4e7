"""The settings of this course, read by nbgrader and by gabarito."""

from gabarito.nbgrader_plugin import configure

c = get_config()  # noqa: F821

# nbgrader's own commands and formgrader's buttons grade and release with gabarito, too.
configure(c)

c.CourseDirectory.course_id = "gabarito"

# The exercises take milliseconds, and a second or three where an assertion watches thousands of steps; on a slow
# machine several times as long. What runs for longer is an endless loop.
c.Gabarito.cell_cpu_seconds = 24.0
c.Gabarito.notebook_cpu_seconds = 120.0

# The pictures of the assignment softmax; scripts/fashion-mnist makes a small stand-in.
c.Gabarito.data = ["data"]
