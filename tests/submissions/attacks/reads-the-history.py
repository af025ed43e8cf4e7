# family: reading the tests
# tries: to find earlier tests in what IPython keeps

# %% end
ip = get_ipython()
print(In, Out, _ih, _i, _ii, _iii)
print(ip.history_manager.input_hist_raw, ip.history_manager.input_hist_parsed)
print({k: v for k, v in ip.__dict__.items() if isinstance(v, str)})
print(ip.last_execution_result.info.raw_cell)
%history
