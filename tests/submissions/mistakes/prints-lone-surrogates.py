# expect: passed passed

# %%
print('\ud800')
'\udfff'

# %%
1
