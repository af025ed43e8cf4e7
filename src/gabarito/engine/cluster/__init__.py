"""Jobs on other machines, through a Dask scheduler; student code runs in sandboxes there, never in Dask itself."""
