"""The image that workers run in: building it, listing what there is, checking it."""
