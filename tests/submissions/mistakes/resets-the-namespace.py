# expect: passed passed

# %%
x = 1
%reset -f

# %%
'x' in dir()
