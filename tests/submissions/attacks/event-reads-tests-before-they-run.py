# family: IPython hooks
# tries: to keep the source of each test that is about to run, and print it at the end

# %% start
seen = []
get_ipython().events.register("pre_run_cell", lambda info: seen.append(info.raw_cell))

# %% end
print("\n".join(source for source in seen if "HIDDEN" in source))
