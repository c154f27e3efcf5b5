"""DeepChrome's network (Singh 2016; layer sizes from the released code)."""

import keras


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

    Input: read counts, float32, shape=(batch, n_bins, n_marks). Output: log-probabilities of low
    and high expression, float32, shape=(batch, 2). With the paper's sizes (100 bins, 5 marks) the
    network has 644,177 parameters; with `convolutions` 2, a second convolution of the same sizes
    follows the first (606,727 parameters). Weights and biases are initialized uniformly within
    1 / sqrt(fan-in), as in Torch7.
    """
    seeds = iter(range(1000 * seed, 1000 * seed + 100))

    def initializers(fan_in: int) -> dict:
        limit = fan_in**-0.5
        return {
            f"{name}_initializer": keras.initializers.RandomUniform(-limit, limit, next(seeds))
            for name in ("kernel", "bias")
        }

    marks = keras.Input((n_bins, n_marks), name="marks")
    x = marks
    for number in range(1, convolutions + 1):
        x = keras.layers.Conv1D(
            filters,
            kernel,
            activation="relu",
            name="convolution" if number == 1 else f"convolution_{number}",
            **initializers(x.shape[-1] * kernel),
        )(x)
    x = keras.layers.MaxPooling1D(pool, name="pooling")(x)
    x = keras.layers.Flatten(name="flat")(x)
    x = keras.layers.Dropout(dropout, seed=next(seeds), name="dropout")(x)
    for number, units in enumerate(hidden, start=1):
        x = keras.layers.Dense(
            units, activation="relu", name=f"hidden_{number}", **initializers(x.shape[-1])
        )(x)
    x = keras.layers.Dense(2, name="classes", **initializers(x.shape[-1]))(x)
    return keras.Model(marks, keras.layers.Activation("log_softmax", name="log_probability")(x))


def compile_network(
    network: keras.Model,
    *,
    learning_rate: float,
    momentum: float,
    learning_rate_decay: float,
    steps_per_execution: int,
) -> None:
    """Compile with negative log-likelihood and SGD.

    The learning rate falls as 1 / (1 + learning_rate_decay · step).
    """
    schedule = keras.optimizers.schedules.InverseTimeDecay(learning_rate, 1, learning_rate_decay)
    network.compile(
        optimizer=keras.optimizers.SGD(schedule, momentum=momentum),
        # log-softmax of log-probabilities is the identity: this is the NLL of the output
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=steps_per_execution,
        jit_compile=False,  # with XLA, these sizes were two to four times slower on the CPU
    )


def weights_by_cell(cells: list[str], weights: list[str]) -> dict[str, list[str]]:
    """Group the files of trained networks, listed cell by cell, by cell."""
    each = len(weights) // len(cells)
    return {cell: weights[n * each : (n + 1) * each] for n, cell in enumerate(cells)}
