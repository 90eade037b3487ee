"""What one types first of a public function, without a declaration: it is read as proposed, and differentiated."""

from __future__ import annotations

from symderiv import layers
from symderiv.web.proposals import proposed, variable
from symderiv.web.questions import answer
from tests.campaign.record import Property

# What one types first of a function, where it is not the function of x.
CALLS = {
    "adj": "adj(A)", "arctan2": "arctan2(x, y)", "attention": "attention(Q, K, V)", "avg_pool1d": "avg_pool1d(x, 2)",
    "avg_pool2d": "avg_pool2d(X, 2)", "avg_pool3d": "avg_pool3d(X, 2)", "batch_norm": "batch_norm(X, gamma, beta)",
    "bce_with_logits": "bce_with_logits(z, y)", "binary_cross_entropy": "binary_cross_entropy(p, y)",
    "cholesky": "cholesky(A)", "cholesky_inverse": "cholesky_inverse(A)", "clip": "clip(x, 0, 1)", "concat": "concat(x, y)",
    "conv1d": "conv1d(x, w)", "conv2d": "conv2d(X, W)", "conv3d": "conv3d(X, W)",
    "conv_transpose1d": "conv_transpose1d(x, w)", "conv_transpose2d": "conv_transpose2d(X, W)",
    "conv_transpose3d": "conv_transpose3d(X, W)",
    "cosine_similarity": "cosine_similarity(a, b)", "cross_entropy": "cross_entropy(z, y)", "det": "det(A)",
    "distillation": "distillation(z, t)", "dot": "dot(a, b)", "dropout": "dropout(x, mask, p)", "eiggaps": "eiggaps(A)",
    "eigvalsh": "eigvalsh(A)", "eigvecs": "eigvecs(A)", "einsum": "einsum('ij,jk->ik', A, B)",
    "embedding": "embedding(E, ids)", "expand": "expand(x, m, n)", "expand_dims": "expand_dims(x, 0)", "expm": "expm(A)",
    "flatten": "flatten(X)", "focal": "focal(z, y)", "gaussian_nll": "gaussian_nll(mu, x, v)",
    "global_avg_pool": "global_avg_pool(X)", "global_max_pool": "global_max_pool(X)", "glu": "glu(x, W, V)",
    "group_norm": "group_norm(X, 2)", "highway": "highway(x, layer, gate)", "hinge": "hinge(s, y)", "huber": "huber(p, y)",
    "gru_cell": "gru_cell(x, h, r=(W_r, U_r, b_r), z=(W_z, U_z, b_z), n=(W_n, U_n, b_n))", "hypot": "hypot(a, b)",
    "info_nce": "info_nce(Q, K)", "insert_zeros": "insert_zeros(x, 2)", "instance_norm": "instance_norm(X)", "inv": "inv(A)",
    "kl_div": "kl_div(p, q)", "kl_gaussian": "kl_gaussian(mu, v)", "kron": "kron(A, B)", "logm": "logm(A)",
    "layer_norm": "layer_norm(x, gamma, beta)", "linear": "linear(x, W, b)", "logaddexp": "logaddexp(a, b)",
    "logdet": "logdet(A)", "lstm_cell": "lstm_cell(x, h, c, i=(A, B, a), f=(C, D, d), g=(E, F, e), o=(G, H, b))",
    "mae": "mae(p, y)", "matmul": "matmul(A, x)", "matrix_power": "matrix_power(A, 3)", "max_pool1d": "max_pool1d(x, 2)",
    "max_pool2d": "max_pool2d(X, 2)", "max_pool3d": "max_pool3d(X, 2)", "maximum": "maximum(x, y)",
    "minimum": "minimum(x, y)", "mse": "mse(p, y)", "nll": "nll(p, y)", "nuclear_norm": "nuclear_norm(X)",
    "multi_head_attention": "multi_head_attention(X, ((W_1, U_1, V_1), (W_2, U_2, V_2)))", "outer": "outer(a, b)",
    "overlap_add": "overlap_add(U, 5)", "pad": "pad(x, 1)", "permute": "permute(X, (1, 0))", "pick": "pick(x, y)",
    "pinv": "pinv(X)", "pixel_shuffle": "pixel_shuffle(X, 2)", "pixel_unshuffle": "pixel_unshuffle(X, 2)",
    "polygamma": "polygamma(1, x)", "power": "power(x, 3)", "prelu": "prelu(x, a)", "repeat": "repeat(x, 2)",
    "reshape": "reshape(X, m*n)", "rms_norm": "rms_norm(x, gamma)", "rnn_cell": "rnn_cell(x, h, W, U, b)",
    "roll": "roll(x, 1)", "singular_values": "singular_values(A)", "solve": "solve(A, b)", "sqrtm": "sqrtm(A)",
    "spectral_norm": "spectral_norm(X)", "squeeze": "squeeze(X)", "stack": "stack(x, y)", "swiglu": "swiglu(x, W, V)",
    "stretch": "stretch(x, (m, n), 0)", "take_slice": "take_slice(x, 1, 3)", "tile": "tile(x, 2)", "trace": "trace(A)",
    "trace_expm": "trace_expm(A)", "transpose": "transpose(X)", "tril": "tril(A)", "triplet": "triplet(a, p, n)",
    "triu": "triu(A)", "upsample": "upsample(X, 2)", "vec": "vec(X)", "weight_decay": "weight_decay(lambda, W)",
    "weight_norm": "weight_norm(v, g)", "where": "where(x > 0, x, y)", "where_defined": "where_defined(x, y)",
    "windows": "windows(x, 3)",
}
# Without a variable; entries, which are written in brackets; a function of Python's; and what has no derivative any more.
WITHOUT = {"eye", "interpolation", "one_hot", "ones", "zeros", "take", "unroll", "expm_frechet", "leading_pair", "polar",
           "prod_quadruples"}


def walk() -> tuple[list[str], int]:
    """The names of the functions, one of each family first, and how many families there are."""
    names = sorted({name for name in layers.NAMES if callable(getattr(layers, name))} - WITHOUT)
    first = {getattr(layers, name).__module__: name for name in reversed(names)}
    return [*sorted(first.values()), *(name for name in names if name not in first.values())], len(first)


NAMES, FAMILIES = walk()


def case(seed: int) -> str | None:
    name = NAMES[seed % len(NAMES)]
    call = CALLS.get(name, f"{name}(x)")
    given = proposed((call,), "")
    found = answer("derive", {"expr": call, "given": given, "wrt": variable(given)})
    answered = "results" in found and found["results"][0]["shape"] is not None
    return None if answered else f"{call} with {given or 'nothing'}: {found}"


PROPERTY = Property("first_use", "The first use of a public function needs no declaration.", case,
                    ci=FAMILIES, long=len(NAMES))
