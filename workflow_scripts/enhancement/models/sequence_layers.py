"""All layers of the sequence models that Keras does not have: import this to load such a model."""

from workflow_scripts.enhancement.models.graph_head import (
    DistanceEmbedding,
    GraphConvolution,
    PairBilinear,
)
from workflow_scripts.enhancement.models.long_convolution import ConvPool
from workflow_scripts.enhancement.models.map_layers import PairMeans, ResizeMap

__all__ = [
    "ConvPool",
    "DistanceEmbedding",
    "GraphConvolution",
    "PairBilinear",
    "PairMeans",
    "ResizeMap",
]
