"""DeepChrome (Singh et al. 2016): gene expression from histone marks."""
