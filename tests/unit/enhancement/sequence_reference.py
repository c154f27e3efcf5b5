"""Reference implementation of the sequence models in plain NumPy, and small settings."""

import numpy as np

from workflow_scripts.enhancement.config.presets import SEQUENCE_NETWORK

# small, with different sizes, so that they cannot be confused
SMALL = {
    **SEQUENCE_NETWORK,
    "filters": 6,
    "stem_filters": 4,
    "residual_filters": 5,
    "dilations": [1, 3],
    "output_filters": 7,
    "map_filters": 4,
    "map_residual_filters": 3,
    "map_dilations": [1, 2],
    "graph_layers": 2,
    "edge_width": 3,
}
LENGTH, BINS = 840, 10  # 840, 420, 210, 105, 52, 26, 13


def shake(network, seed=0):
    """Set all weights to random values, with gains of both signs."""
    rng = np.random.default_rng(seed)
    for variable in network.variables:
        value = rng.normal(0, 0.5, variable.shape)
        if "variance" in variable.name:
            value = np.abs(value) + 0.5
        if "gamma" in variable.name:
            value = value + np.where(value > 0, 0.5, -0.5)
        if "seed_generator" not in variable.path:
            variable.assign(value)


def one_hot(codes):
    """(n, length) to (n, length, 4); rows of zeros for N."""
    return np.vstack([np.eye(4), np.zeros((1, 4))])[codes]


def convolve(x, kernel, dilation=1):
    """Same-padded convolution of (n, length, c) or (n, h, w, c), one tap at a time."""
    axes = range(1, x.ndim - 1)
    size = kernel.shape[0]
    margin = dilation * (size // 2)
    padded = np.pad(x, [(0, 0), *((margin, margin) for _ in axes), (0, 0)])
    made = 0
    for tap in np.ndindex(*kernel.shape[:-2]):
        window = tuple(slice(t * dilation, t * dilation + x.shape[a])
                       for t, a in zip(tap, axes, strict=True))  # fmt: skip
        made = made + padded[(slice(None), *window)] @ kernel[tap]
    return made


def batch_norm(x, gamma, beta, mean, variance):
    return (x - mean) / np.sqrt(variance + SEQUENCE_NETWORK["epsilon"]) * gamma + beta


def relu(x):
    return np.maximum(x, 0)


def symmetrize(x):
    return (x + x.swapaxes(1, 2)) / 2


class Weights:
    """Weights of a network, layer by layer in the order of construction."""

    def __init__(self, network):
        self.layers = iter([layer for layer in network.layers if layer.weights])

    def next(self, kind):
        """Weights of the next layer with weights, which must be of this kind."""
        layer = next(self.layers)
        assert type(layer).__name__ == kind, (layer.name, kind)
        return [np.array(w, float) for w in layer.weights if "seed_generator" not in w.path]

    def block(self, x, kind, dilation=1):
        """ReLU, convolution, normalization."""
        (kernel,) = self.next(kind)
        return batch_norm(convolve(relu(x), kernel, dilation), *self.next("BatchNormalization"))


def trunk(codes, weights, network, pools):
    x = one_hot(codes)
    for _ in range(pools):
        kernel, gamma, beta, mean, variance = weights.next("ConvPool")
        x = batch_norm(convolve(relu(x), kernel), gamma, beta, mean, variance)
        x = x[:, : x.shape[1] // 2 * 2]
        x = np.maximum(x[:, ::2], x[:, 1::2])
    for dilation in network["dilations"]:
        y = weights.block(x, "Conv1D", dilation)
        x = x + weights.block(y, "Conv1D")
    return relu(weights.block(x, "Conv1D"))


def akita(x, weights, network):
    n = x.shape[1]
    far = np.abs(np.arange(n)[:, None] - np.arange(n))
    pairs = (x[:, :, None] + x[:, None]) / 2
    far = np.broadcast_to(far[None, :, :, None], (len(x), n, n, 1))
    x = symmetrize(weights.block(np.concatenate([pairs, far], -1), "Conv2D"))
    for dilation in network["map_dilations"]:
        y = weights.block(x, "Conv2D", dilation)
        x = x + symmetrize(weights.block(y, "Conv2D"))
    return x


def attend(x, table, parts, heads, causal):
    """Transformer convolution, one position and one neighbor at a time."""
    wq, bq, wk, bk, wv, bv, ws, bs, we = parts
    samples, n, _ = x.shape
    width = wq.shape[1] // heads
    made = np.zeros((samples, n, heads, width))
    for s, i, h in np.ndindex(samples, n, heads):
        part = slice(h * width, (h + 1) * width)
        others = range(i + 1) if causal else range(n)
        edges = [table[abs(i - j)] @ we[:, part] for j in others]
        query = x[s, i] @ wq[:, part] + bq[part]
        keys = [x[s, j] @ wk[:, part] + bk[part] + e for j, e in zip(others, edges, strict=True)]
        values = [x[s, j] @ wv[:, part] + bv[part] + e for j, e in zip(others, edges, strict=True)]
        scores = np.array([query @ key for key in keys]) / np.sqrt(width)
        weight = np.exp(scores - scores.max())
        made[s, i, h] = (weight / weight.sum()) @ np.array(values)
    return made.reshape(samples, n, -1) + x @ ws + bs


def graph(x, weights, network):
    (table,) = weights.next("DistanceEmbedding")
    for _ in range(network["graph_layers"]):
        parts = weights.next("GraphConvolution")
        y = attend(x, table, parts, network["graph_heads"], network["causal"])
        y = relu(batch_norm(y, *weights.next("BatchNormalization")))
        kernel, bias = weights.next("Dense")
        x = x + batch_norm(y @ kernel + bias, *weights.next("BatchNormalization"))
    kernel, bias = weights.next("PairBilinear")
    pairs = np.zeros((len(x), x.shape[1], x.shape[1], len(kernel)))
    for s, i, j, o in np.ndindex(*pairs.shape):
        pairs[s, i, j, o] = x[s, i] @ kernel[o] @ x[s, j] + bias[o]
    return relu(batch_norm(symmetrize(pairs), *weights.next("BatchNormalization")))


def resize(image, bins):
    """Bilinear, half-pixel centers, edges repeated; pixel by pixel."""
    n = len(image)
    made = np.zeros((bins, bins))
    for i, j in np.ndindex(bins, bins):
        y, x = ((k + 0.5) * n / bins - 0.5 for k in (i, j))
        y, x = (min(max(k, 0), n - 1) for k in (y, x))
        y0, x0 = int(y), int(x)
        y1, x1 = min(y0 + 1, n - 1), min(x0 + 1, n - 1)
        top = image[y0, x0] * (1 - x + x0) + image[y0, x1] * (x - x0)
        low = image[y1, x0] * (1 - x + x0) + image[y1, x1] * (x - x0)
        made[i, j] = top * (1 - y + y0) + low * (y - y0)
    return made


def whole_model(network, codes, settings, head, pools):
    """Maps (n, BINS, BINS) of a sequence model in prediction."""
    weights = Weights(network)
    x = {"akita": akita, "graph": graph}[head](
        trunk(codes, weights, settings, pools), weights, settings
    )
    kernel, bias = weights.next("Conv2D")
    return np.stack([resize(image, BINS) for image in (x @ kernel[0, 0] + bias)[..., 0]])
