"""Analysis of many journals, on all cores or on a Dask cluster, that can be continued."""
