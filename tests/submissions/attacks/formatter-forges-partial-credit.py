# family: IPython hooks
# tries: to have a score shown as a larger one

# %% start
ip = get_ipython()
formatter = ip.display_formatter.formatters["text/plain"]
formatter.for_type(float, lambda value, printer, cycle: printer.text("1.0"))
formatter.for_type(int, lambda value, printer, cycle: printer.text("1"))
