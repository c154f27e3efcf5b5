"""DeepChrome's network (Singh 2016; layer sizes from the released code)."""

import keras

MARKS = ("H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3")


def build_network(
    *,
    n_bins: int,
    n_marks: int,
    filters: int = 50,
    kernel: int = 10,
    pool: int = 5,
    convolutions: int = 1,
    hidden: tuple[int, int] = (625, 125),
    dropout: float = 0.5,
    seed: int = 0,
) -> keras.Model:
    """Build the network: convolution, max pooling, dropout, two hidden layers, log-softmax.

    Takes float32 (batch, n_bins, n_marks) read counts; gives float32 (batch, 2) log-probabilities
    of low and high expression. With the paper's sizes (100 bins, 5 marks) it has 644,177
    parameters; `convolutions` 2 puts a second one of the same sizes on the first: 606,727.
    Weights and biases start uniform within 1 / sqrt(fan-in), as Torch7 does.
    """
    seeds = iter(range(1000 * seed, 1000 * seed + 100))

    def start(fan_in: int) -> dict:
        limit = fan_in**-0.5
        return {
            f"{part}_initializer": keras.initializers.RandomUniform(-limit, limit, next(seeds))
            for part in ("kernel", "bias")
        }

    marks = keras.Input((n_bins, n_marks), name="marks")
    x = marks
    for number in range(1, convolutions + 1):
        x = keras.layers.Conv1D(
            filters,
            kernel,
            activation="relu",
            name="convolution" if number == 1 else f"convolution_{number}",
            **start(x.shape[-1] * kernel),
        )(x)
    x = keras.layers.MaxPooling1D(pool, name="pooling")(x)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dropout(dropout, seed=next(seeds), name="dropout")(x)
    for number, units in enumerate(hidden, start=1):
        x = keras.layers.Dense(
            units, activation="relu", name=f"hidden_{number}", **start(x.shape[-1])
        )(x)
    x = keras.layers.Dense(2, name="classes", **start(x.shape[-1]))(x)
    return keras.Model(marks, keras.layers.Activation("log_softmax", name="log_probability")(x))


def compile_network(
    network: keras.Model,
    *,
    learning_rate: float,
    momentum: float,
    rate_decay: float,
    steps_per_execution: int,
) -> None:
    """Set negative log-likelihood and SGD, whose rate falls as 1 / (1 + rate_decay · step)."""
    rate = keras.optimizers.schedules.InverseTimeDecay(learning_rate, 1, rate_decay)
    network.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=momentum),
        # log-softmax of log-probabilities is the identity, so this is the plain NLL of the output
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=steps_per_execution,
        jit_compile=False,  # XLA on the CPU was two to four times slower for these sizes
    )
