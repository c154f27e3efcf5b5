"""DeepExpression (Zeng et al. 2018): promoter sequence and HiChIP loops to gene expression."""
