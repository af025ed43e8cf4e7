"""The settings of this course, read by nbgrader and by gabarito."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "gabarito"

# The exercises take milliseconds: what runs for longer is an endless loop.
c.Gabarito.cell_cpu_seconds = 8.0
c.Gabarito.notebook_cpu_seconds = 60.0

# The pictures of the assignment softmax; scripts/fashion-mnist makes a small stand-in.
c.Gabarito.data = ["data"]
