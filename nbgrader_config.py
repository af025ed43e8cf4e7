"""The settings of this course, read by nbgrader and by gabarito."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "gabarito"
