"""Derivatives as people write them: several texts of one function, and the form that a textbook prints.

Each task is (declarations, variable, texts, textbook's form), the form as text or, where no text says it, its length.
Names ending in ``_h`` are Hessians, in ``_J`` Jacobians, in ``_3`` third derivatives.
"""

from __future__ import annotations

Text = tuple[str, str, tuple[str, ...], str | int]

REGRESSION = "X: N d; w: d; y: N; "
LABELS = "z: c; t: c one_hot; "

WRITTEN: dict[str, Text] = {
    # losses of regression
    "huber_w": (REGRESSION + "a: scalar positive", "w", (
        "huber(X*w, y, a)", "huber(y, X*w, a)", r"\operatorname{huber}(Xw, y, a)"), "X'*clip(X*w - y, -a, a)/N"),
    "logcosh_w": (REGRESSION, "w", (
        "mean(log(cosh(X*w - y)))", r"\frac{1}{N}\sum_{i=1}^{N}\log\cosh(y_i - X_{i,:} w)",
        "sum(log(cosh(y - X*w)))/N"), "X'*tanh(X*w - y)/N"),
    "cauchy_w": (REGRESSION + "c: scalar positive", "w", (
        "sum(log(1 + ((X*w - y)/c).^2))", r"\sum_{i=1}^N \log\left(1 + \frac{(y_i - X_{i,:} w)^2}{c^2}\right)"),
        "2*X'*((X*w - y)./(c^2 + (X*w - y).^2))"),
    "pseudo_huber_w": (REGRESSION + "a: scalar positive", "w", (
        "a^2*sum(sqrt(1 + ((X*w - y)/a).^2) - 1)", "sum(a^2*(sqrt(1 + ((y - X*w)/a).^2) - 1))"),
        "X'*((X*w - y)./sqrt(1 + ((X*w - y)/a).^2))"),
    "poisson_w": (REGRESSION, "w", (
        "sum(exp(X*w)) - y'*X*w", r"\sum_{i=1}^N \left(e^{X_{i,:} w} - y_i X_{i,:} w\right)",
        "sum(exp(X*w) - y.*(X*w))"), "X'*(exp(X*w) - y)"),
    "weighted_ls_w": (REGRESSION + "v: N", "w", (
        "sum(v.*(y - X*w).^2)", "(X*w - y)'*diag(v)*(X*w - y)", r"\sum_i v_i (y_i - X_{i,:} w)^2"),
        "2*X'*(v.*(X*w - y))"),
    "elastic_w": (REGRESSION + "a: scalar; b: scalar", "w", (
        "norm(y - X*w)^2/(2*N) + a*norm1(w) + b/2*norm(w)^2",
        "1/(2*N)*sum((X*w - y).^2) + a*sum(abs(w)) + b*w'*w/2"), "X'*(X*w - y)/N + a*sign(w) + b*w"),
    "tikhonov_w": (REGRESSION + "D: p d; a: scalar", "w", (
        "norm(X*w - y)^2 + a*norm(D*w)^2", r"(Xw-y)^\top(Xw-y) + a\, w^\top D^\top D w"),
        "2*(X'*(X*w - y) + a*D'*D*w)"),
    "gls_w": (REGRESSION + "S: N N positive_definite", "w", (
        "(y - X*w)'*inv(S)*(y - X*w)/2", r"\frac{1}{2}(Xw-y)^\top S^{-1}(Xw-y)"), "X'*inv(S)*(X*w - y)"),
    "multi_ridge_W": ("X: N d; W: d c; Y: N c; a: scalar", "W", (
        "norm(X*W - Y)^2 + a*norm(W)^2", "tr((Y - X*W)'*(Y - X*W)) + a*tr(W'*W)",
        "sum((X*W - Y).^2) + a*sum(W.^2)"), "2*(X'*(X*W - Y) + a*W)"),
    # classification
    "hinge2_w": (REGRESSION, "w", (
        "sum(max(0, 1 - y.*(X*w)).^2)", r"\sum_{i=1}^N \max(0, 1 - y_i X_{i,:} w)^2", "sum(relu(1 - y.*(X*w)).^2)"),
        "-2*X'*(y.*relu(1 - y.*(X*w)))"),
    "margin_logistic_w": (REGRESSION, "w", (
        "sum(log(1 + exp(-y.*(X*w))))", "-sum(log(sigmoid(y.*(X*w))))", "sum(softplus(-y.*(X*w)))",
        r"\sum_{i=1}^N \log\left(1 + e^{-y_i X_{i,:} w}\right)"), "-X'*(y.*sigmoid(-y.*(X*w)))"),
    "exp_loss_w": (REGRESSION, "w", (
        "sum(exp(-y.*(X*w)))", r"\sum_{i=1}^N e^{-y_i X_{i,:} w}"), "-X'*(y.*exp(-y.*(X*w)))"),
    "brier_z": (LABELS, "z", (
        "norm(softmax(z) - t)^2", "sum((exp(z)/sum(exp(z)) - t).^2)", r"\|t - \operatorname{softmax}(z)\|^2"),
        "2*softmax(z).*(softmax(z) - t - softmax(z)'*(softmax(z) - t))"),
    "focal_binary_z": ("z: n; y: n; g: scalar positive", "z", (
        "-sum(y.*(1 - sigmoid(z)).^g.*log(sigmoid(z)))",), 9),
    "tempered_ce_z": (LABELS + "T: scalar positive", "z", (
        "-t'*log(softmax(z/T))", "logsumexp(z/T) - t'*z/T", "log(sum(exp(z/T))) - t'*z/T",
        r"-\sum_{k=1}^c t_k \log\frac{e^{z_k/T}}{\sum_{j=1}^c e^{z_j/T}}"), "(softmax(z/T) - t)/T"),
    "soft_kl_z": ("z: c; q: c sums_to_one positive", "z", (
        "q'*(log(q) - log_softmax(z))", "sum(q.*log(q./softmax(z)))", r"\sum_{k=1}^c q_k \log\frac{q_k}{p_k}".replace(
            "p_k", r"\operatorname{softmax}(z)_k")), "softmax(z) - q"),
    "reverse_kl_z": ("z: c; q: c sums_to_one positive", "z", (
        "softmax(z)'*(log_softmax(z) - log(q))", "sum(softmax(z).*log(softmax(z)./q))"), 7),
    "gumbel_z": ("z: c; g: c; u: c; T: scalar positive", "z", (
        "u'*softmax((z + g)/T)", "sum(u.*exp((z + g)/T))/sum(exp((z + g)/T))"),
        "softmax((z+g)/T).*(u - u'*softmax((z+g)/T))/T"),
    "bce_label_z": ("z: n; y: n", "z", (
        "-mean(y.*log(sigmoid(z)) + (1-y).*log(1-sigmoid(z)))", "mean(softplus(z) - y.*z)",
        "sum(max(z,0) - z.*y + log(1 + exp(-abs(z))))/n"), "(sigmoid(z) - y)/n"),
    "dice_p": ("p: n; t: n", "p", (
        "1 - 2*p'*t/(sum(p) + sum(t))", "1 - 2*sum(p.*t)/(sum(t) + sum(p))"),
        "2*(p'*t/(sum(p) + sum(t)) - t)/(sum(p) + sum(t))"),
    "mixture_nll_z": ("z: c; l: c", "z", (
        "-log(softmax(z)'*exp(l))", "logsumexp(z) - logsumexp(z + l)",
        r"-\log\frac{\sum_k e^{z_k + l_k}}{\sum_k e^{z_k}}"), "softmax(z) - softmax(z + l)"),
    # contrastive and ranking
    "infonce_x": ("x: d; K: n d; t: n one_hot; T: scalar positive", "x", (
        "-t'*log_softmax(K*x/T)", "logsumexp(K*x/T) - t'*K*x/T", "-log((t'*exp(K*x/T))/sum(exp(K*x/T)))"),
        "K'*(softmax(K*x/T) - t)/T"),
    "infonce_A": ("A: n d; B: n d; T: scalar positive", "A", (
        "-tr(log_softmax(A*B'/T, axis=1))/n", "mean(logsumexp(A*B'/T, axis=1)) - tr(A*B')/(n*T)"),
        "(softmax(A*B'/T, axis=1) - eye(n))*B/(n*T)"),
    "triplet_a": ("a: d; p: d; q: d; m: scalar positive", "a", (
        "max(0, norm(a - p)^2 - norm(a - q)^2 + m)", "relu(m + sum((a-p).^2) - sum((q-a).^2))"),
        "2*heaviside(norm(a - p)^2 - norm(a - q)^2 + m)*(q - p)"),
    "bpr_u": ("u: d; a: d; b: d; sigma: sigmoid", "u", (
        "-log(sigmoid(u'*a - u'*b))", "log(1 + exp(u'*b - u'*a))", "softplus(-u'*(a - b))",
        r"-\log \sigma(u^\top(a - b))"), "-sigmoid(u'*(b - a))*(a - b)"),
    "skipgram_v": ("v: d; u: d; U: k d", "v", (
        "-log(sigmoid(u'*v)) - sum(log(sigmoid(-U*v)))", "softplus(-u'*v) + sum(softplus(U*v))"),
        "U'*sigmoid(U*v) - sigmoid(-u'*v)*u"),
    "glove_W": ("W: n d; V: m d; b: n; e: m; F: n m; L: n m", "W", (
        "sum(F.*(W*V' + b*ones(m)' + ones(n)*e' - L).^2)",
        r"\sum_{i=1}^n\sum_{j=1}^m F_{ij}\left(\sum_{k=1}^d W_{ik} V_{jk} + b_i + e_j - L_{ij}\right)^2"),
        "2*(F.*(W*V' + b*ones(m)' + ones(n)*e' - L))*V"),
    "listnet_s": ("s: n; q: n sums_to_one positive", "s", (
        "-q'*log_softmax(s)", "-sum(q.*(s - log(sum(exp(s)))))"), "softmax(s) - q"),
    "pair_hinge_s": ("s: n; P: n n", "s", (
        "sum(P.*max(0, 1 - s*ones(n)' + ones(n)*s'))",
        r"\sum_{i=1}^n\sum_{j=1}^n P_{ij}\max(0, 1 - s_i + s_j)"), 8),
    "circle_s": ("p: n; q: m; g: scalar", "p", (
        "log(1 + sum(exp(g*q))*sum(exp(-g*p)))", "softplus(logsumexp(g*q) + logsumexp(-g*p))"), 9),
    "contrastive_x": ("x: d; y: d; m: scalar positive", "x", (
        "max(0, m - norm(x - y))^2/2", "relu(m - norm(y - x))^2/2"), "relu(m - norm(x-y))*(y - x)/norm(x - y)"),
    # likelihoods
    "gauss_mu": ("X: N d; m: d; S: d d positive_definite", "m", (
        "sum(diag((X - ones(N)*m')*inv(S)*(X - ones(N)*m')'))/2",
        r"\frac12\sum_{i=1}^N (X_{i,:} - m)^\top S^{-1}(X_{i,:} - m)"), "inv(S)*(N*m - X'*ones(N))"),
    "gauss_S": ("x: d; m: d; S: d d positive_definite", "S", (
        "logdet(S)/2 + (x - m)'*inv(S)*(x - m)/2", r"\frac12\log\det S + \frac12 (x-m)^\top S^{-1}(x-m)",
        "(logdet(S) + tr(inv(S)*(x-m)*(x-m)'))/2"), "(inv(S) - inv(S)*(x - m)*(x - m)'*inv(S))/2"),
    "gauss_P": ("P: d d positive_definite; C: d d symmetric", "P", (
        "tr(C*P) - logdet(P)", r"\operatorname{tr}(CP) - \log\det P", "tr(P*C) - log(det(P))"), "C - inv(P)"),
    "glasso_P": ("P: d d positive_definite; C: d d symmetric; a: scalar", "P", (
        "tr(C*P) - logdet(P) + a*sum(abs(P))", "a*sum(sum(abs(P))) - log(det(P)) + tr(P*C)"),
        "C - inv(P) + a*sign(P)"),
    "gp_K": ("K: n n positive_definite; y: n", "K", (
        "y'*inv(K)*y/2 + logdet(K)/2", r"\frac{1}{2} y^\top K^{-1} y + \frac{1}{2}\log\det K"),
        "(inv(K) - inv(K)*y*y'*inv(K))/2"),
    "gp_noise": ("K: n n positive_definite; y: n; s: scalar positive", "s", (
        "y'*inv(K + s*eye(n))*y + logdet(K + s*eye(n))", r"y^\top (K + sI)^{-1} y + \log\det(K + sI)"),
        "tr(inv(K + s*eye(n))) - y'*inv(K + s*eye(n))*inv(K + s*eye(n))*y"),
    "gp_scale": ("K: n n positive_definite; y: n; a: scalar positive", "a", (
        "y'*inv(a*K)*y + logdet(a*K)", r"\log\det(aK) + \frac{y^\top K^{-1} y}{a}"), "(n - y'*inv(K)*y/a)/a"),
    "ppca_W": ("W: d q; C: d d symmetric; s: scalar positive", "W", (
        "logdet(W*W' + s*eye(d)) + tr(inv(W*W' + s*eye(d))*C)",
        r"\log\det(WW^\top + sI) + \operatorname{tr}((WW^\top + sI)^{-1} C)"),
        "2*(inv(W*W' + s*eye(d)) - inv(W*W' + s*eye(d))*C*inv(W*W' + s*eye(d)))*W"),
    "student_m": ("X: N d; m: d; v: scalar positive", "m", (
        "sum(log(1 + sum((X - ones(N)*m').^2, axis=1)/v))",
        r"\sum_{i=1}^N \log\left(1 + \frac{\|X_{i,:} - m\|^2}{v}\right)"), 11),
    "vmf_m": ("X: N d; m: d; k: scalar positive", "m", ("-k*sum(X*m)", r"-k\sum_{i=1}^N X_{i,:} m"), "-k*X'*ones(N)"),
    "gamma_a": ("x: n positive; a: scalar positive; b: scalar positive", "a", (
        "n*gammaln(a) - n*a*log(b) - (a - 1)*sum(log(x)) + b*sum(x)",
        "-sum(a*log(b) - gammaln(a) + (a-1)*log(x) - b*x)"), "n*(digamma(a) - log(b)) - sum(log(x))"),
    "beta_bin_a": ("a: scalar positive; b: scalar positive; k: scalar positive; m: scalar positive", "a", (
        "gammaln(a + k) + gammaln(b + m - k) - gammaln(a + b + m) - gammaln(a) - gammaln(b) + gammaln(a + b)",),
        "digamma(a+k) - digamma(a+b+m) - digamma(a) + digamma(a+b)"),
    "negbin_w": (REGRESSION + "r: scalar positive", "w", (
        "sum((y + r).*log(1 + exp(X*w))) - y'*X*w", "sum((r + y).*softplus(X*w) - y.*(X*w))"),
        "X'*((y + r).*sigmoid(X*w) - y)"),
    "hetero_s": ("y: n; m: n; s: n", "s", (
        "sum(s + (y - m).^2.*exp(-2*s))", "sum(s) + sum((m - y).^2./exp(2*s))"), "1 - 2*(y - m).^2.*exp(-2*s)"),
    "crps_m": ("m: scalar; s: scalar positive; y: scalar", "m", (
        "s*((y-m)/s*(2*normal_cdf((y-m)/s) - 1) + 2*normal_pdf((y-m)/s) - 1/sqrt(pi))",), "1 - 2*normal_cdf((y - m)/s)"),
    "probit_w": (REGRESSION, "w", ("-sum(log(normal_cdf(y.*(X*w))))",),
        "-X'*(y.*normal_pdf(y.*(X*w))./normal_cdf(y.*(X*w)))"),
    "cox_b": ("X: N d; b: d; R: N N", "b", (
        "sum(log(R*exp(X*b)) - X*b)", r"\sum_{i=1}^N\left(\log\sum_{j=1}^N R_{ij} e^{X_{j,:} b} - X_{i,:} b\right)"), 9),
    "softmax_kl_vae_m": ("m: d; s: d", "s", (
        "sum(exp(s) + m.^2 - 1 - s)/2", r"\frac12\sum_{j=1}^d\left(e^{s_j} + m_j^2 - 1 - s_j\right)"), "(exp(s) - 1)/2"),
    # Kalman, Mahalanobis, control
    "kalman_K": ("K: n m; P: n n positive_definite; H: m n; R: m m positive_definite", "K", (
        "tr((eye(n) - K*H)*P*(eye(n) - K*H)' + K*R*K')",
        r"\operatorname{tr}\left((I - KH)P(I - KH)^\top + KRK^\top\right)"), "2*(K*R - (eye(n) - K*H)*P*H')"),
    "kalman_x": ("x: n; u: n; z: m; H: m n; P: n n positive_definite; R: m m positive_definite", "x", (
        "((x-u)'*inv(P)*(x-u) + (z - H*x)'*inv(R)*(z - H*x))/2",
        r"\frac12 (u-x)^\top P^{-1}(u-x) + \frac12 (Hx-z)^\top R^{-1}(Hx-z)"), "inv(P)*(x - u) + H'*inv(R)*(H*x - z)"),
    "mahal_M": ("M: d d; x: d; y: d", "M", ("(x - y)'*M'*M*(x - y)", "norm(M*(x - y))^2", r"\|M(y - x)\|^2"),
        "2*M*(x - y)*(x - y)'"),
    "mahal_norm_x": ("A: d d positive_definite; x: d", "x", ("sqrt(x'*A*x)", r"(x^\top A x)^{1/2}"), "A*x/sqrt(x'*A*x)"),
    "lqr_u": ("u: m; x: n; A: n n; B: n m; Q: n n symmetric; R: m m symmetric", "u", (
        "(A*x + B*u)'*Q*(A*x + B*u) + u'*R*u", r"u^\top R u + (Ax+Bu)^\top Q (Ax+Bu)"), "2*(B'*Q*(A*x + B*u) + R*u)"),
    # matrix functions
    "rayleigh_x": ("A: n n symmetric; x: n", "x", (
        "x'*A*x/(x'*x)", r"\frac{x^\top A x}{x^\top x}", "x'*A*x/norm(x)^2"), "2*(A*x - (x'*A*x/(x'*x))*x)/(x'*x)"),
    "gen_rayleigh_x": ("A: n n symmetric; B: n n positive_definite; x: n", "x", (
        "x'*A*x/(x'*B*x)", r"\frac{x^\top A x}{x^\top B x}"), "2*(A*x - (x'*A*x/(x'*B*x))*B*x)/(x'*B*x)"),
    "trace_ratio_W": ("W: d k; A: d d symmetric; B: d d positive_definite", "W", (
        "tr(W'*A*W)/tr(W'*B*W)",), "2*(A*W - tr(W'*A*W)/tr(W'*B*W)*B*W)/tr(W'*B*W)"),
    "inv_trace_X": ("X: n n invertible; A: n n", "X", ("tr(A*inv(X))", r"\operatorname{tr}(X^{-1}A)"),
        "-(inv(X)*A*inv(X))'"),
    "logdet_gram_X": ("X: n m", "X", ("logdet(X'*X)", r"\log\det(X^\top X)"), "2*X*inv(X'*X)"),
    "logdet_ridge_X": ("X: n m; a: scalar positive", "X", ("logdet(a*eye(m) + X'*X)", "logdet(X'*X + a*eye(m))"),
        "2*X*inv(a*eye(m) + X'*X)"),
    "schatten4_X": ("X: n m", "X", ("norm(X'*X)^2", "tr(X'*X*X'*X)", r"\|XX^\top\|_F^2", "norm(X*X')^2"), "4*X*X'*X"),
    "orth_W": ("W: n m", "W", ("norm(W'*W - eye(m))^2", r"\|I - W^\top W\|_F^2"), "4*W*(W'*W - eye(m))"),
    "matfac_U": ("U: n k; V: m k; Y: n m; M: n m", "U", (
        "norm(M.*(Y - U*V'))^2", "sum((M.*(U*V' - Y)).^2)"), 7),
    "lowrank_x": ("U: n k; D: k; x: n; s: scalar", "x", (
        "x'*(U*diag(D)*U' + s*eye(n))*x", "sum(D.*(U'*x).^2) + s*norm(x)^2"), "2*(U*(D.*(U'*x)) + s*x)"),
    "cp_A": ("A: n r; B: m r; C: p r; T: n m p", "A", (
        r"\sum_{i=1}^n\sum_{j=1}^m\sum_{k=1}^p \left(T_{ijk} - \sum_{q=1}^r A_{iq}B_{jq}C_{kq}\right)^2",
        'norm(T - einsum("iq,jq,kq->ijk", A, B, C))^2'), 8),
    "frob_inner_kron_A": ("A: n n; B: m m; C: (n*m) (n*m)", "A", (
        "tr(C'*kron(A, B))", "sum(C.*kron(A, B))"), 3),
    "kron_sum_A": ("A: n n; B: m m", "A", ("tr(kron(A, eye(m)) + kron(eye(n), B))",), "m*eye(n)"),
    "kron_quad_A": ("A: n n; B: m m; X: m n", "A", ("vec(X)'*kron(A, B)*vec(X)", "tr(X'*B*X*A')"), "X'*B*X"),
    "commutator_X": ("X: n n; A: n n", "X", ("norm(A*X - X*A)^2",), "2*(A'*(A*X - X*A) - (A*X - X*A)*A')"),
    "det_X": ("X: n n invertible", "X", ("det(X)^2", "det(X'*X)", "det(X*X')"), "2*det(X)^2*inv(X)'"),
    "trace_cube_X": ("X: n n", "X", ("tr(X*X*X)", "tr(X^3)", r"\operatorname{tr}(X^3)"), "3*(X*X)'"),
    # norms, statistics
    "lp_x": ("x: n positive; p: scalar positive", "x", (
        "sum(x.^p)^(1/p)", r"\left(\sum_{i=1}^n x_i^p\right)^{1/p}"), "(x/sum(x.^p)^(1/p)).^(p-1)"),
    "corr_x": ("x: n; y: n", "x", (
        "(x - mean(x))'*(y - mean(y))/(norm(x - mean(x))*norm(y - mean(y)))",), 12),
    "cosine_margin_x": ("x: d; W: c d", "x", ("sum(W*x)/norm(x)", r"\frac{\mathbf{1}^\top W x}{\|x\|}"),
        "(W'*ones(c) - (ones(c)'*W*x)*x/norm(x)^2)/norm(x)"),
    "cov_penalty_X": ("X: N d", "X", (
        "norm((X - mean(X, axis=0))'*(X - mean(X, axis=0))/N)^2",),
        "4*(X - mean(X,axis=0))*(X - mean(X,axis=0))'*(X - mean(X,axis=0))/N^2"),
    "centered_norm_x": ("x: n", "x", ("norm(x - mean(x))", "sqrt(sum((x - sum(x)/n).^2))", "sqrt(n*var(x))"),
        "(x - mean(x))/norm(x - mean(x))"),
    "std_x": ("x: n", "x", ("sqrt(var(x))", "sqrt(mean((x - mean(x)).^2))", "std(x)"), "(x - mean(x))/(n*sqrt(var(x)))"),
    "entropy_p": ("p: n positive", "p", ("-sum(p.*log(p))", "-p'*log(p)", r"-\sum_{i=1}^n p_i\log p_i"), "-log(p) - 1"),
    "gini_x": ("p: n", "p", ("1 - sum(p.^2)", "1 - norm(p)^2", r"1 - p^\top p"), "-2*p"),
    "js_p": ("p: n positive; q: n positive", "p", (
        "sum(p.*log(2*p./(p+q)))/2 + sum(q.*log(2*q./(p+q)))/2",), "log(2*p./(p + q))/2"),
    "hellinger_p": ("p: n positive; q: n positive", "p", ("norm(sqrt(p) - sqrt(q))^2", "sum((sqrt(q)-sqrt(p)).^2)"),
        "1 - sqrt(q./p)"),
    "harmonic_x": ("x: n positive", "x", ("n/sum(1./x)",), "n./(sum(1./x)^2*x.^2)"),
    "smoothmax_x": ("x: n; a: scalar", "x", (
        "x'*softmax(a*x)", "sum(x.*exp(a*x))/sum(exp(a*x))"), "softmax(a*x).*(1 + a*(x - x'*softmax(a*x)))"),
    # kernels, graphs, Sinkhorn
    "mmd_X": ("X: n d; Y: m d", "X", (
        r"\sum_{i=1}^n\sum_{j=1}^m e^{-\|X_{i,:} - Y_{j,:}\|^2}",), 10),
    "poly_kernel_X": ("X: n d; G: n n symmetric; c: scalar", "X", ("sum(G.*(X*X' + c).^2)",), "4*(G.*(X*X' + c))*X"),
    "dirichlet_F": ("F: n d; L: n n symmetric; Y: n d; a: scalar", "F", (
        "norm(F - Y)^2 + a*tr(F'*L*F)",), "2*(F - Y + a*L*F)"),
    "gcn_W": ("A: n n; X: n d; W: d c; Y: n c", "W", (
        "norm(relu(A*X*W) - Y)^2/2",), "(A*X)'*((relu(A*X*W) - Y).*heaviside(A*X*W))"),
    "sinkhorn_f": ("f: n; g: m; C: n m; a: n; e: scalar positive", "f", (
        "a'*f - e*sum(exp((f*ones(m)' + ones(n)*g' - C)/e))",), 9),
    "ot_semi_f": ("g: m; C: n m; b: m; e: scalar positive", "g", (
        "b'*g - e*mean(logsumexp((ones(n)*g' - C)/e, axis=1))",), 9),
    "lap_quad_W": ("W: n n; x: n", "W", (
        "x'*(diag(W*ones(n)) - W)*x",), "(x.^2)*ones(n)' - x*x'"),
    # layers and attention
    "rms_y": ("x: n; g: n; w: n", "w", ("g'*(w.*x)/sqrt(mean(x.^2) + 1/1000)", "sum(g.*x.*w)/sqrt(x'*x/n + 0.001)"),
        "g.*x/sqrt(mean(x.^2) + 1/1000)"),
    "attention_Q": ("Q: n d; K: m d; V: m p; G: n p", "Q", (
        "sum(G.*(softmax(Q*K'/sqrt(d), axis=1)*V))",), 10),
    "linear_attention_V": ("Q: n d; K: m d; V: m p; G: n p", "K", ("sum(G.*(Q*(K'*V)))", "tr(G'*Q*K'*V)"), "V*G'*Q"),
    "pool_attention_w": ("H: n d; w: d; g: d", "w", (
        "g'*H'*softmax(H*w)", "sum((H*g).*exp(H*w))/sum(exp(H*w))"), "H'*(softmax(H*w).*(H*g - (H*g)'*softmax(H*w)))"),
    "glu_a": ("a: n; b: n; g: n", "b", ("g'*(a.*sigmoid(b))", "sum(g.*a./(1 + exp(-b)))"),
        "g.*a.*sigmoid(b).*(1 - sigmoid(b))"),
    "swish_x": ("x: n; g: n; b: scalar", "x", ("g'*(x.*sigmoid(b*x))", "sum(g.*x./(1 + exp(-b*x)))"), 8),
    "bilinear_W": ("W: n m; x: n; y: m; t: scalar", "W", ("(x'*W*y - t)^2", r"(t - x^\top W y)^2"), "2*(x'*W*y - t)*x*y'"),
    "tied_ae_W": ("W: k d; X: N d", "W", ("norm(X - X*W'*W)^2",), 11),
    "fm_v": ("x: d; V: d k", "V", (
        "(norm(V'*x)^2 - sum((x.^2)'*V.^2))/2",), "x*(x'*V) - diag(x.^2)*V"),
    "hopfield_x": ("M: n d; x: d; b: scalar positive", "x", (
        "x'*x/2 - logsumexp(b*M*x)/b", r"\frac12\|x\|^2 - \frac1b\log\sum_{i=1}^n e^{b M_{i,:} x}"),
        "x - M'*softmax(b*M*x)"),
    "weight_norm_v": ("v: d; x: d; g: scalar", "v", ("g*v'*x/norm(v)",), "g*(x - (v'*x)*v/norm(v)^2)/norm(v)"),
    # written out by hand
    "softmax_shift_z": ("z: n; u: n", "z", (
        "u'*(exp(z - max(z))/sum(exp(z - max(z))))", "u'*softmax(z)"), "softmax(z).*(u - u'*softmax(z))"),
    "lse_shift_z": ("z: n", "z", ("max(z) + log(sum(exp(z - max(z))))", "log(sum(exp(z)))"), "softmax(z)"),
    "tanh_written_x": ("x: n; g: n", "x", (
        "g'*((exp(x) - exp(-x))./(exp(x) + exp(-x)))", "g'*tanh(x)", "sum(g.*(1 - 2./(exp(2*x) + 1)))"),
        "g.*(1 - tanh(x).^2)"),
    "sigmoid_written_x": ("x: n; g: n", "x", (
        "g'*(1./(1 + exp(-x)))", "g'*(exp(x)./(1 + exp(x)))", "g'*sigmoid(x)", "sum(g.*(1 + tanh(x/2))/2)"),
        "g.*sigmoid(x).*(1 - sigmoid(x))"),
    "silu_written_x": ("x: n; g: n", "x", ("g'*(x./(1 + exp(-x)))", "g'*(x.*sigmoid(x))", "g'*silu(x)"),
        "g.*(sigmoid(x) + x.*sigmoid(x).*(1 - sigmoid(x)))"),
    "gelu_tanh_x": ("x: n; g: n", "x", ("g'*(x.*normal_cdf(x))", "sum(g.*x.*(1 + erf(x/sqrt(2)))/2)"), 6),
    "mish_x": ("x: n; g: n", "x", ("g'*(x.*tanh(log(1 + exp(x))))", "g'*(x.*tanh(softplus(x)))", "g'*mish(x)"), 9),
    "logcosh_x": ("x: n", "x", ("sum(log((exp(x) + exp(-x))/2))", "sum(log(cosh(x)))"), "tanh(x)"),
    "var_written_X": ("X: N d; G: d", "X", (
        "G'*var(X, axis=0)", "sum(G.*(mean(X.^2, axis=0) - mean(X, axis=0).^2))"), "2*(X - mean(X, axis=0)).*G/N"),
    "zscore_X": ("X: N d; G: N d", "X", (
        "sum(G.*(X - mean(X, axis=0))./std(X, axis=0))", "sum(G.*(X - mean(X, axis=0))./sqrt(var(X, axis=0)))"), 13),
    "cosine_rows_X": ("X: N d; Y: N d", "X", (
        "sum(sum(X.*Y, axis=1)./(norm(X, axis=1).*norm(Y, axis=1)))",), 10),
    "unit_rows_X": ("X: N d; G: N d", "X", ("sum(G.*(X./norm(X, axis=1, keepdims=True)))",), 8),
    "softmax_cols_X": ("X: n m; G: n m", "X", (
        "sum(G.*softmax(X, axis=0))", "sum(G.*exp(X)./sum(exp(X), axis=0))"),
        "softmax(X, axis=0).*(G - sum(G.*softmax(X, axis=0), axis=0))"),
    "entropy_rows_Z": ("Z: N c", "Z", (
        "-sum(softmax(Z, axis=1).*log_softmax(Z, axis=1))/N", "-sum(softmax(Z, axis=1).*log(softmax(Z, axis=1)))/N"), 9),
    "kl_rows_Z": ("Z: N c; Q: N c positive", "Z", (
        "-sum(Q.*log_softmax(Z, axis=1))", "-sum(Q.*log(exp(Z)./sum(exp(Z), axis=1, keepdims=True)))"), 5),
    "rms_rows_X": ("X: N d; G: N d", "X", (
        "sum(G.*X./sqrt(mean(X.^2, axis=1, keepdims=True) + 1/1000))",
        "sum(G.*X./sqrt(sum(X.^2, axis=1, keepdims=True)/d + 0.001))"), 10),
    "mean_of_squares_x": ("x: n; y: n", "x", ("mean((x - y).^2)", "sum((y - x).^2)/n", "norm(x - y)^2/n", "(x-y)'*(x-y)/n"),
        "2*(x - y)/n"),
    "r2_w": (REGRESSION, "w", ("1 - norm(y - X*w)^2/norm(y - mean(y))^2", "1 - sum((X*w - y).^2)/(N*var(y))"),
        "2*X'*(y - X*w)/norm(y - mean(y))^2"),
    "normal_logpdf_s": ("x: n; m: scalar; s: scalar positive", "s", (
        "n*log(s) + sum((x - m).^2)/(2*s^2)", "sum(log(s) + ((x - m)/s).^2/2)"), "(n - sum((x - m).^2)/s^2)/s"),
    "laplace_nll_m": ("x: n; m: scalar; b: scalar positive", "m", (
        "n*log(2*b) + sum(abs(x - m))/b", "sum(abs(m - x)/b + log(2*b))"), "sum(sign(m - x))/b"),
    "mvn_nll_S": ("X: N d; m: d; S: d d positive_definite", "S", (
        "N/2*logdet(S) + tr(inv(S)*(X - m)'*(X - m))/2", "(N*log(det(S)) + sum(((X - m)*inv(S)).*(X - m)))/2"), 10),
    "wishart_nll_V": ("V: p p positive_definite; X: p p positive_definite; n: scalar", "V", (
        "n/2*logdet(V) + tr(inv(V)*X)/2", "(tr(X*inv(V)) + n*log(det(V)))/2"), 6),
    "multinomial_z": ("z: c; k: c", "z", ("sum(k)*logsumexp(z) - k'*z", "-k'*log_softmax(z)", "-sum(k.*log(softmax(z)))"),
        "sum(k)*softmax(z) - k"),
    "categorical_kl_z": ("z: c; u: c", "z", (
        "softmax(z)'*(log_softmax(z) - log_softmax(u))", "sum(softmax(z).*log(softmax(z)./softmax(u)))"), 10),
    "policy_gradient_W": ("W: c d; x: d; a: c one_hot; A: scalar", "W", (
        "-A*a'*log_softmax(W*x)", "-A*log(a'*softmax(W*x))", "-A*(a'*W*x - logsumexp(W*x))"), "A*(softmax(W*x) - a)*x'"),
    "two_layer_W": ("W: h d; V: c h; x: d; t: c one_hot", "W", (
        "-t'*log_softmax(V*tanh(W*x))", "logsumexp(V*tanh(W*x)) - t'*V*tanh(W*x)"), 11),
    "relu_net_W": ("W: h d; v: h; x: d; y: scalar", "W", ("(v'*relu(W*x) - y)^2/2", "(y - v'*max(0, W*x))^2/2"), 8),
    "batch_net_W": ("X: N d; W: d h; v: h; y: N", "W", (
        "norm(sigmoid(X*W)*v - y)^2/(2*N)", "mean((y - sigmoid(X*W)*v).^2)/2"), 11),
    "gram_style_F": (
        "F: n d; A: n n symmetric", "F", ("norm(F*F' - A)^2", "sum((A - F*F').^2)", "tr((F*F' - A)*(F*F' - A))"),
        "4*(F*F' - A)*F"),
    "barlow_X": ("X: N d; Y: N d", "X", ("norm(X'*Y/N - eye(d))^2", "sum((eye(d) - X'*Y/N).^2)"),
        "2*Y*(X'*Y/N - eye(d))'/N"),
    "vicreg_X": ("X: N d", "X", ("sum(relu(1 - std(X, axis=0)))",), 11),
    "hinge_rank_w": ("A: N d; B: N d; w: d", "w", (
        "sum(relu(1 - (A - B)*w))", "sum(max(0, 1 - A*w + B*w))"), "(B - A)'*heaviside(1 - (A - B)*w)"),
    "lambda_rank_s": ("s: n; D: n n", "s", (
        r"\sum_{i=1}^n\sum_{j=1}^n D_{ij}\log(1 + e^{s_j - s_i})", "-sum(D.*log(sigmoid(s*ones(n)' - ones(n)*s')))"), 6),
    "ntxent_Z": ("Z: n d; P: n n; T: scalar positive", "Z", ("-sum(P.*log_softmax(Z*Z'/T, axis=1))",), 12),
    "proto_x": ("x: d; C: k d; t: k one_hot", "x", (
        "logsumexp(-sum((C - x).^2, axis=1)) + norm(x - C'*t)^2", "-t'*log_softmax(-sum((C - x).^2, axis=1))"), 8),
    "soft_kmeans_x": ("x: d; C: k d; b: scalar positive", "x", (
        "-logsumexp(-b*sum((C - x).^2, axis=1))/b", "-log(sum(exp(-b*sum((x - C).^2, axis=1))))/b"),
        "2*(x - C'*softmax(-b*sum((C - x).^2, axis=1)))"),
    "rbf_net_c": ("x: d; C: k d; w: k", "C", ("w'*exp(-sum((C - x).^2, axis=1))", "sum(w.*exp(-sum((x - C).^2, axis=1)))"),
        "-2*diag(w.*exp(-sum((C - x).^2, axis=1)))*(C - x)"),
    "gaussian_kernel_x": ("x: d; y: d; s: scalar positive", "x", (
        "exp(-norm(x - y)^2/(2*s^2))", r"e^{-\frac{\|y - x\|^2}{2 s^2}}", "exp(-sum(((x - y)/s).^2)/2)"),
        "exp(-norm(x - y)^2/(2*s^2))*(y - x)/s^2"),
    "rq_kernel_x": ("x: d; y: d; a: scalar positive", "x", (
        "(1 + norm(x - y)^2/(2*a))^(-a)", r"\left(1 + \frac{\|y - x\|^2}{2a}\right)^{-a}"), 9),
    "cauchy_kernel_x": ("x: d; y: d", "x", ("1/(1 + norm(x - y)^2)", "1/(1 + sum((y - x).^2))"),
        "2*(y - x)/(1 + norm(x - y)^2)^2"),
    "poly_kernel_x": ("x: d; y: d; c: scalar; p: scalar", "x", ("(x'*y + c)^p",), "p*(x'*y + c)^(p-1)*y"),
    "hutchinson_A": ("A: n n; z: n", "A", ("z'*A*z", "tr(A*z*z')", "sum(A.*(z*z'))"), "z*z'"),
    "schur_X": ("X: n n positive_definite; b: n; c: scalar", "X", ("log(c - b'*inv(X)*b)",), 6),
    "woodbury_d": ("d: n positive; u: n", "d", ("u'*inv(diag(d))*u", "sum(u.^2./d)"), "-(u./d).^2"),
    "logdet_diag_w": ("A: n m; w: m positive", "w", ("logdet(A*diag(w)*A')",), "diag(A'*inv(A*diag(w)*A')*A)"),
    "doptimal_p": ("A: n m; p: m positive", "p", ("-logdet(A*diag(p)*A')",), "-diag(A'*inv(A*diag(p)*A')*A)"),
    "aoptimal_p": ("A: n m; p: m positive", "p", ("tr(inv(A*diag(p)*A'))",),
        "-diag(A'*inv(A*diag(p)*A')*inv(A*diag(p)*A')*A)"),
    "cayley_A": ("A: n n; b: n", "A", ("b'*inv(eye(n) + A)*b",), 7),
    "procrustes_R": ("R: d d orthogonal; X: N d; Y: N d", "R", ("norm(X*R - Y)^2",), "2*X'*(X*R - Y)"),
    "sylvester_X": ("A: n n; B: m m; X: n m; C: n m", "X", ("norm(A*X + X*B - C)^2", "sum((C - A*X - X*B).^2)"), 9),
    "bilinear_form_3": (
        "T: n n n; x: n", "x", (
        'einsum("ijk,i,j,k->", T, x, x, x)',
        r"\sum_{i=1}^n\sum_{j=1}^n\sum_{k=1}^n T_{ijk} x_i x_j x_k"), 11),
    # Hessians, Jacobians, third order
    "logistic_h": (REGRESSION, "w", (
        "sum(softplus(X*w)) - y'*X*w", "-sum(y.*log(sigmoid(X*w)) + (1-y).*log(1-sigmoid(X*w)))"),
        "X'*diag(sigmoid(X*w).*(1 - sigmoid(X*w)))*X"),
    "poisson_h": (REGRESSION, "w", ("sum(exp(X*w)) - y'*X*w",), "X'*diag(exp(X*w))*X"),
    "softmax_ce_h": (LABELS, "z", ("-t'*log_softmax(z)", "logsumexp(z) - t'*z"),
        "diag(softmax(z)) - softmax(z)*softmax(z)'"),
    "barrier_h": ("A: m n; x: n; b: m", "x", ("-sum(log(b - A*x))", r"-\sum_{i=1}^m\log(b_i - A_{i,:} x)"),
        "A'*diag(1./(b - A*x).^2)*A"),
    "norm_h": ("x: n", "x", ("norm(x)", "sqrt(x'*x)"), "(eye(n) - x*x'/norm(x)^2)/norm(x)"),
    "rayleigh_half_h": ("A: n n symmetric; x: n", "x", ("(x'*A*x)^2", r"(x^\top A x)^2"), "8*A*x*x'*A + 4*(x'*A*x)*A"),
    "quartic_h": ("x: n", "x", ("(x'*x)^2", "norm(x)^4", "sum(x.^2)^2"), "8*x*x' + 4*(x'*x)*eye(n)"),
    "gauss_h": ("x: n", "x", ("exp(-x'*x/2)", r"e^{-\frac12\|x\|^2}"), "exp(-x'*x/2)*(x*x' - eye(n))"),
    "logdet_h": ("X: n n positive_definite", "X", ("logdet(X)", "log(det(X))"), 3),
    "inv_J": ("X: n n invertible", "X", ("inv(X)",), 3),
    "normalize_J": ("x: n", "x", ("x/norm(x)", r"\frac{x}{\sqrt{x^\top x}}"), "(eye(n) - x*x'/norm(x)^2)/norm(x)"),
    "layer_J": ("W: m n; x: n; b: m", "x", ("tanh(W*x + b)",), "diag(1 - tanh(W*x + b).^2)*W"),
    "logsoftmax_J": ("z: n", "z", ("log_softmax(z)", "z - logsumexp(z)", "log(softmax(z))"), "eye(n) - ones(n)*softmax(z)'"),
    "residual_J": ("W: n n; V: n n; x: n", "x", ("x + V*relu(W*x)",), "eye(n) + V*diag(heaviside(W*x))*W"),
    "quad_inv_h": ("A: n n positive_definite; b: n", "b", ("b'*inv(A)*b/2",), "inv(A)"),
    "outer_J": ("x: n", "x", ("x*x'",), 3),
    "cube_3": ("x: n; a: n", "x", ("(a'*x)^3", r"(a^\top x)^3"), 4),
    "lse_3": ("z: n", "z", ("logsumexp(z)",), 12),
    "ridge_h": (REGRESSION + "a: scalar", "w", ("norm(X*w - y)^2 + a*norm(w)^2", "sum((y - X*w).^2) + a*w'*w"),
        "2*(X'*X + a*eye(d))"),
    "exp_quad_h": ("A: n n symmetric; x: n", "x", ("exp(x'*A*x/2)",), "exp(x'*A*x/2)*(A + A*x*x'*A)"),
    "logquad_h": ("A: n n symmetric; x: n", "x", ("log(x'*A*x)",), 9),
    "softplus_h": ("w: n; x: n", "w", ("softplus(w'*x)", "log(1 + exp(w'*x))"), "sigmoid(w'*x)*(1 - sigmoid(w'*x))*x*x'"),
    "lse_affine_h": ("A: m n; x: n", "x", ("logsumexp(A*x)", "log(sum(exp(A*x)))"),
        "A'*(diag(softmax(A*x)) - softmax(A*x)*softmax(A*x)')*A"),
    "geomean_h": ("x: n positive", "x", ("prod(x)^(1/n)",), 11),
    "entropy_h": ("p: n positive", "p", ("p'*log(p)", "sum(p.*log(p))"), "diag(1./p)"),
    "huber_h": ("x: n", "x", ("sum(sqrt(1 + x.^2))",), "diag((1 + x.^2).^(-3/2))"),
    "trace_quad_h": ("X: n m; A: n n symmetric", "X", ("tr(X'*A*X)",), 3),
    "fro4_h": ("W: n m; x: m; y: n", "x", ("norm(W*x - y)^4",), 12),
    "tanh_layer_W_J": ("W: m n; x: n", "W", ("tanh(W*x)",), 5),
    "softmax_layer_J": ("W: m n; x: n", "x", ("softmax(W*x)", "exp(W*x)/sum(exp(W*x))"),
        "(diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')*W"),
    "cross_J": ("x: n; A: n n; y: n", "x", ("A*x.*y", "diag(y)*A*x"), "diag(y)*A"),
    "gate_J": (
        "x: n; W: n n", "x", ("x.*sigmoid(W*x)",), "diag(sigmoid(W*x)) + diag(x.*sigmoid(W*x).*(1 - sigmoid(W*x)))*W"),
    "rank_one_J": ("u: n; x: n", "x", ("u*(u'*x)", "u*u'*x"), "u*u'"),
    "reflection_J": ("v: n; x: n", "x", ("x - 2*v*(v'*x)/(v'*v)",), "eye(n) - 2*v*v'/(v'*v)"),
    "projection_J": ("A: n m; x: n", "x", ("A*inv(A'*A)*A'*x",), "A*inv(A'*A)*A'"),
    "power_map_J": ("A: n n; x: n", "x", ("A*x/norm(A*x)",), "(eye(n) - A*x*x'*A'/norm(A*x)^2)*A/norm(A*x)"),
    "sumcube_3": ("x: n", "x", ("sum(x.^3)",), 2),
    # written afterwards, and first derived when they stood here
    "tr_AXBXt_X": ("X: n m; A: n n; B: m m", "X", ("tr(A*X*B*X')", "tr(X'*A*X*B)", "sum((A*X*B).*X)"), "A*X*B + A'*X*B'"),
    "tr_sandwich_sym_X": ("X: n m; A: n n symmetric; B: m m symmetric", "X", ("tr(A*X*B*X')", "sum(X.*(A*X*B))"), "2*A*X*B"),
    "tr_inv_quad_X": ("X: n m; A: n n; B: m m", "X", (
        "tr(inv(X'*X)*B)", "tr(B*inv(X'*X))"), "-X*inv(X'*X)*(B + B')*inv(X'*X)"),
    "logdet_sum_A": ("X: n m; S: m m positive_definite; T: n n positive_definite", "S", (
        "logdet(X*S*X' + T)", r"\log\det(T + X S X^\top)"), "X'*inv(X*S*X' + T)*X"),
    "logdet_diff_X": ("X: n n positive_definite; Y: n n positive_definite", "X", (
        "logdet((X + Y)/2) - logdet(X*Y)/2", "log(det((Y + X)/2)) - (logdet(X) + logdet(Y))/2"), "inv(X + Y) - inv(X)/2"),
    "had_quad_X": ("X: n m; A: n m; B: n m", "X", ("norm(A.*X - B)^2", "sum((B - X.*A).^2)"), "2*A.*(A.*X - B)"),
    "had_trace_X": ("X: n n; A: n n; B: n n", "X", ("tr(A'*(X.*(X*B)))", "sum(A.*X.*(X*B))"), "A.*(X*B) + (A.*X)*B'"),
    "kron_norm_A": ("A: n m; B: p q", "A", (
        "norm(kron(A, B))^2", "norm(A)^2*norm(B)^2", "tr(kron(A,B)'*kron(A,B))"), "2*norm(B)^2*A"),
    "kron_vec_quad_A": ("A: m m; B: n n; x: n*m", "A", ("x'*kron(A, B)*x",), 7),
    "det_quad_X": ("X: n m; A: n n symmetric", "X", ("det(X'*A*X)",), "2*det(X'*A*X)*A*X*inv(X'*A*X)"),
    "inv_quad_X": ("X: n n invertible; a: n; b: n", "X", (
        "a'*inv(X)*b", r"a^\top X^{-1} b", "tr(b*a'*inv(X))"), "-inv(X)'*a*b'*inv(X)'"),
    "inv_norm_X": ("X: n n invertible", "X", (
        "norm(inv(X))^2", "tr(inv(X)'*inv(X))", "tr(inv(X*X'))"), "-2*inv(X)'*inv(X)*inv(X)'"),
    "cond_like_X": ("X: n n invertible", "X", ("norm(X)*norm(inv(X))",), 10),
    "power4_tr_A": ("A: n n symmetric", "A", ("tr(A*A*A*A)", "tr(A^4)", "norm(A*A)^2"), "4*A*A*A"),
    "resolvent_s": ("A: n n; b: n; c: n; s: scalar", "s", (
        "c'*inv(s*eye(n) - A)*b", r"c^\top (sI - A)^{-1} b"), "-c'*inv(s*eye(n) - A)*inv(s*eye(n) - A)*b"),
    "log_inv_quad_S": ("S: n n positive_definite; x: n; v: scalar positive", "S", (
        "logdet(S)/2 + (v + n)/2*log(1 + x'*inv(S)*x/v)",), 12),
    "gamma_glm_w": ("X: N d; w: d; y: N", "w", (
        "sum(y.*exp(-X*w) + X*w)", "sum(y./exp(X*w)) + ones(N)'*X*w",
        r"\sum_{i=1}^N \left(y_i e^{-X_{i,:}w} + X_{i,:}w\right)"), "X'*(1 - y.*exp(-X*w))"),
    "inverse_link_w": ("X: N d; w: d; y: N", "w", (
        "sum(y.*(X*w) - log(X*w))", "y'*X*w - sum(log(X*w))"), "X'*(y - 1./(X*w))"),
    "cloglog_w": ("X: N d; w: d; y: N", "w", (
        "-sum(y.*log(1 - exp(-exp(X*w))) - (1-y).*exp(X*w))", "sum((1-y).*exp(X*w)) - sum(y.*log(1 - exp(-exp(X*w))))"), 12),
    "tweedie_w": ("X: N d; w: d; y: N; p: scalar", "w", (
        "-sum(y.*exp((1-p)*(X*w))/(1-p) - exp((2-p)*(X*w))/(2-p))",
        "sum(exp((2-p)*(X*w)))/(2-p) - sum(y.*exp((1-p)*(X*w)))/(1-p)"), 11),
    "beta_binom_logit_w": ("X: N d; w: d; k: N; m: N", "w", (
        "sum(m.*log(1 + exp(X*w)) - k.*(X*w))", "-sum(k.*log(sigmoid(X*w)) + (m - k).*log(1 - sigmoid(X*w)))",
        "m'*softplus(X*w) - k'*X*w"), "X'*(m.*sigmoid(X*w) - k)"),
    "expectile_w": ("X: N d; w: d; y: N; t: scalar", "w", (
        "sum(t*max(0, y - X*w).^2 + (1-t)*max(0, X*w - y).^2)",
        "t*sum(relu(y - X*w).^2) + (1-t)*sum(relu(X*w - y).^2)"), 12),
    "smooth_l1_w": ("X: N d; w: d; y: N; e: scalar positive", "w", (
        "sum(sqrt((X*w - y).^2 + e))", r"\sum_{i=1}^N \sqrt{(y_i - X_{i,:}w)^2 + e}"),
        "X'*((X*w - y)./sqrt((X*w - y).^2 + e))"),
    "group_lasso_W": ("X: N d; W: d c; Y: N c; a: scalar positive", "W", (
        "norm(X*W - Y)^2/2 + a*sum(norm(W, axis=1))", "sum((Y - X*W).^2)/2 + a*sum(sqrt(sum(W.^2, axis=1)))"),
        "X'*(X*W - Y) + a*diag(1./norm(W, axis=1))*W"),
    "multinom_ridge_W": ("X: N d; W: d c; Y: N c one_hot; a: scalar", "W", (
        "-tr(Y'*log_softmax(X*W, axis=1)) + a/2*norm(W)^2",
        "sum(logsumexp(X*W, axis=1)) - sum(Y.*(X*W)) + a*sum(W.^2)/2"), "X'*(softmax(X*W, axis=1) - Y) + a*W"),
    "intercept_b": ("X: N d; w: d; b: scalar; y: N", "b", (
        "sum(softplus(X*w + b) - y.*(X*w + b))", "-sum(y.*log(sigmoid(X*w + b)) + (1-y).*log(1 - sigmoid(X*w + b)))"),
        "sum(sigmoid(X*w + b) - y)"),
    "mse_bias_b": ("X: N d; W: d c; b: c; Y: N c", "b", (
        "norm(X*W + ones(N)*b' - Y)^2/N", "sum((Y - X*W - ones(N)*b').^2)/N"), "2*(X*W + ones(N)*b' - Y)'*ones(N)/N"),
    "kernel_ridge_a": ("K: n n symmetric; a: n; y: n; l: scalar", "a", (
        "norm(K*a - y)^2 + l*a'*K*a", "(y - K*a)'*(y - K*a) + l*a'*K*a"), "2*K*(K*a - y + l*a)"),
    "rbf_sum_x": ("x: d; Y: n d; a: n; s: scalar positive", "x", (
        "a'*exp(-sum((Y - x).^2, axis=1)/(2*s^2))", r"\sum_{i=1}^n a_i e^{-\frac{\|x - Y_{i,:}\|^2}{2s^2}}"),
        "(Y - x)'*(a.*exp(-sum((Y - x).^2, axis=1)/(2*s^2)))/s^2"),
    "linear_mmd_X": ("X: n d; Y: m d", "X", (
        "norm(mean(X, axis=0) - mean(Y, axis=0))^2", "sum((sum(X, axis=0)/n - sum(Y, axis=0)/m).^2)"),
        "2*ones(n)*(mean(X, axis=0) - mean(Y, axis=0))'/n"),
    "stress_Y": ("Y: n k; D: n n", "Y", (r"\sum_{i=1}^n\sum_{j=1}^n \left(\|Y_{i,:} - Y_{j,:}\|^2 - D_{ij}\right)^2",), 14),
    "alignment_K": ("K: n n symmetric; y: n", "K", (
        "y'*K*y/norm(K)", "tr(K*y*y')/sqrt(tr(K*K))"), "(y*y' - (y'*K*y)*K/norm(K)^2)/norm(K)"),
    "cos_sim_matrix_X": ("X: n d; G: n n", "X", ("sum(G.*(X*X'))", "tr(G'*X*X')"), "(G + G')*X"),
    "tanimoto_x": ("x: d; y: d", "x", ("x'*y/(norm(x)^2 + norm(y)^2 - x'*y)",), 11),
    "sigmoid_kernel_x": ("x: d; Y: n d; a: n; b: scalar; c: scalar", "x", (
        "a'*tanh(b*Y*x + c)", r"\sum_{i=1}^n a_i \tanh(b Y_{i,:} x + c)"), "b*Y'*(a.*(1 - tanh(b*Y*x + c).^2))"),
    "sgc_smooth_F": ("F: n d; A: n n symmetric; y: n d", "F", (
        "tr(F'*(eye(n) - A)*F) + norm(F - y)^2", "sum(F.*(F - A*F)) + sum((y - F).^2)"), "2*(F - A*F + F - y)"),
    "edge_smooth_x": ("B: m n; x: n; w: m", "x", ("sum(w.*(B*x).^2)", "x'*B'*diag(w)*B*x"), "2*B'*(w.*(B*x))"),
    "modularity_S": ("S: n k; A: n n symmetric; d: n", "S", ("tr(S'*(A - d*d'/sum(d))*S)",), "2*(A - d*d'/sum(d))*S"),
    "ncut_x": ("x: n; W: n n symmetric", "x", ("x'*(diag(W*ones(n)) - W)*x/(x'*diag(W*ones(n))*x)",), 16),
    "gae_Z": ("Z: n d; A: n n symmetric", "Z", (
        "-sum(A.*log(sigmoid(Z*Z')) + (1 - A).*log(1 - sigmoid(Z*Z')))", "sum(softplus(Z*Z') - A.*(Z*Z'))"),
        "2*(sigmoid(Z*Z') - A)*Z"),
    "gcn2_W": ("A: n n; X: n d; W: d h; V: h c; Y: n c one_hot", "W", (
        "-sum(Y.*log_softmax(A*relu(A*X*W)*V, axis=1))",
        "sum(logsumexp(A*relu(A*X*W)*V, axis=1)) - sum(Y.*(A*relu(A*X*W)*V))"), 14),
    "pagerank_x": ("P: n n; x: n; v: n; a: scalar", "x", ("norm(x - a*P'*x - (1 - a)*v)^2",), 14),
    "batchnorm_X": ("X: N d; G: N d", "X", (
        "sum(G.*((X - mean(X, axis=0))./sqrt(var(X, axis=0) + 1/100)))",
        "sum(G.*(X - sum(X, axis=0, keepdims=True)/N)./sqrt(mean((X - mean(X, axis=0)).^2, axis=0) + 0.01))"), 13),
    "layernorm_affine_g": ("X: N d; g: d; b: d; G: N d", "g", (
        "sum(G.*(g.*((X - mean(X, axis=1, keepdims=True))./sqrt(var(X, axis=1, keepdims=True) + 1/100)) + b))",), 8),
    "l1norm_x": ("x: n positive; g: n", "x", ("g'*x/sum(x)", "sum(g.*(x/norm1(x)))"), "(g - g'*x/sum(x))/sum(x)"),
    "softnorm_x": ("x: n; g: n; e: scalar positive", "x", ("g'*x/sqrt(norm(x)^2 + e)", "sum(g.*x)/sqrt(e + sum(x.^2))"), 10),
    "cols_unit_W": ("W: n m; G: n m", "W", (
        "sum(G.*(W./norm(W, axis=0)))", "sum(G.*W./sqrt(sum(W.^2, axis=0, keepdims=True)))"), 8),
    "maxnorm_scale_x": ("x: n; g: n; a: scalar positive", "x", ("g'*x*a/max(a, norm(x))",), 12),
    "standard_X_J": ("x: n", "x", ("x/sum(x)",), "(eye(n) - x*ones(n)'/sum(x))/sum(x)"),
    "rmsnorm_x_J": ("x: n; e: scalar positive", "x", ("x/sqrt(mean(x.^2) + e)", "x/sqrt(x'*x/n + e)"), 11),
    "attention_K": ("Q: n d; K: m d; V: m p; G: n p", "K", (
        "sum(G.*(softmax(Q*K'/sqrt(d), axis=1)*V))", "tr(G'*softmax(Q*K'/sqrt(d), axis=1)*V)"), 10),
    "masked_attention_Q": ("Q: n d; K: m d; V: m p; G: n p; M: n m", "Q", (
        "sum(G.*(softmax(Q*K'/sqrt(d) + M, axis=1)*V))", "tr(G*V'*softmax(M + Q*K'/sqrt(d), axis=1)')"), 11),
    "attention_Wq": ("X: n d; W: d k; U: d k; V: n p; G: n p", "W", ("sum(G.*(softmax(X*W*U'*X'/sqrt(k), axis=1)*V))",), 14),
    "self_attention_X": ("X: n d; G: n d", "X", ("sum(G.*(softmax(X*X', axis=1)*X))",), 13),
    "cosine_attention_q": ("q: d; K: m d; V: m p; g: p; t: scalar", "q", (
        "g'*V'*softmax(t*K*q)", "(V*g)'*softmax(t*K*q)"), "t*K'*(softmax(t*K*q).*(V*g - softmax(t*K*q)'*V*g))"),
    "relu_attention_Q": ("Q: n d; K: m d; V: m p; G: n p", "Q", ("sum(G.*(relu(Q*K')*V))",), "((G*V').*heaviside(Q*K'))*K"),
    "linear_attention_norm_q": ("q: d positive; K: m d; v: m", "q", ("v'*K*q/sum(K*q)", "sum(v.*(K*q))/sum(K*q)"), 10),
    "clip_loss_A": ("A: n d; B: n d; T: scalar positive", "A", (
        "-(tr(log_softmax(A*B'/T, axis=1)) + tr(log_softmax(A*B'/T, axis=0)))/(2*n)",), 12),
    "siglip_A": ("A: n d; B: n d; S: n n; t: scalar; b: scalar", "A", (
        "-sum(log(sigmoid(S.*(t*A*B' + b))))", "sum(softplus(-S.*(t*A*B' + b)))"), 10),
    "nca_A": ("A: k d; x: d; Y: n d; t: n", "A", ("-t'*log_softmax(-sum(((Y - x)*A').^2, axis=1))",), 17),
    "margin_rank_w": ("a: d; b: d; w: d; m: scalar", "w", (
        "max(0, m - w'*a + w'*b)", "relu(m - w'*(a - b))"), "heaviside(m - w'*(a - b))*(b - a)"),
    "supcon_row_z": ("z: d; Z: n d; p: n sums_to_one; T: scalar positive", "z", (
        "-p'*log_softmax(Z*z/T)", "logsumexp(Z*z/T) - p'*Z*z/T"), "Z'*(softmax(Z*z/T) - p)/T"),
    "arcface_like_W": ("W: c d; x: d; t: c one_hot; s: scalar; m: scalar", "W", (
        "-t'*log_softmax(s*(W*x - m*t))",), "s*(softmax(s*(W*x - m*t)) - t)*x'"),
    "uniformity_X": ("X: n d; t: scalar positive", "X", (
        r"\log\sum_{i=1}^n\sum_{j=1}^n e^{-t\|X_{i,:} - X_{j,:}\|^2}",), 14),
    "kl_gauss_m": ("m: d; u: d; S: d d positive_definite; T: d d positive_definite", "m", (
        "(tr(inv(T)*S) + (u - m)'*inv(T)*(u - m) - d + logdet(T) - logdet(S))/2",), "inv(T)*(m - u)"),
    "kl_gauss_S": ("m: d; u: d; S: d d positive_definite; T: d d positive_definite", "S", (
        "(tr(inv(T)*S) + (u - m)'*inv(T)*(u - m) - d + logdet(T) - logdet(S))/2",
        "(tr(S*inv(T)) - log(det(S)/det(T)) + (m-u)'*inv(T)*(m-u) - d)/2"), "(inv(T) - inv(S))/2"),
    "kl_gauss_T": ("m: d; u: d; S: d d positive_definite; T: d d positive_definite", "T", (
        "(tr(inv(T)*S) + (u - m)'*inv(T)*(u - m) - d + logdet(T) - logdet(S))/2",),
        "(inv(T) - inv(T)*(S + (u - m)*(u - m)')*inv(T))/2"),
    "kl_diag_s": ("m: d; s: d positive", "s", (
        "sum(s.^2 + m.^2 - 1 - log(s.^2))/2", r"\frac12\sum_{j=1}^d\left(s_j^2 + m_j^2 - 1 - 2\log s_j\right)"), "s - 1./s"),
    "kl_diag2_s": ("m: d; s: d positive; u: d; t: d positive", "s", (
        "sum(log(t./s) + (s.^2 + (m - u).^2)./(2*t.^2) - 1/2)",), "s./t.^2 - 1./s"),
    "bhatta_m": ("m: d; u: d; S: d d positive_definite; T: d d positive_definite", "m", (
        "(m - u)'*inv((S + T)/2)*(m - u)/8", "(u - m)'*inv(S + T)*(u - m)/4"), "inv(S + T)*(m - u)/2"),
    "wasserstein_diag_s": ("s: n positive; t: n positive", "s", ("sum((sqrt(s) - sqrt(t)).^2)",), "1 - sqrt(t./s)"),
    "gmm1d_m": ("x: scalar; m: k; w: k positive; s: scalar positive", "m", (
        "-log(w'*exp(-(x - m).^2/(2*s^2)))", "-logsumexp(log(w) - (x - m).^2/(2*s^2))"), 11),
    "gmm_w": ("L: N k; a: k", "a", ("-sum(logsumexp(L + log_softmax(a), axis=1))", "-sum(log(exp(L)*softmax(a)))"), 8),
    "bernoulli_mix_t": ("X: N d; a: d", "a", (
        "sum(softplus(a)*N) - sum(X*a)", "N*sum(softplus(a)) - ones(N)'*X*a"), "N*sigmoid(a) - X'*ones(N)"),
    "dirichlet_a": ("a: k positive; p: k positive", "a", (
        "sum(gammaln(a)) - gammaln(sum(a)) - sum((a - 1).*log(p))",), "digamma(a) - digamma(sum(a)) - log(p)"),
    "weibull_l": ("x: n positive; k: scalar positive; l: scalar positive", "l", (
        "n*k*log(l) + sum((x/l).^k)",), "k*(n - sum((x/l).^k))/l"),
    "logistic_dist_m": ("x: n; m: scalar; s: scalar positive", "m", ("sum((x - m)/s + 2*log(1 + exp(-(x - m)/s)))",), 9),
    "von_mises_t": ("x: n; t: scalar; k: scalar", "t", ("-k*sum(cos(x - t))",), "-k*sum(sin(x - t))"),
    "quad_two_x": ("A: n n; B: n n symmetric; x: n", "x", ("x'*A*x*(x'*B*x)",), 10),
    "quad_aff_x": ("A: m n; b: m; C: m m positive_definite; x: n", "x", (
        "(A*x + b)'*C*(A*x + b)", "norm(A*x + b)^2*0 + tr(C*(A*x+b)*(A*x+b)')"), "2*A'*C*(A*x + b)"),
    "sqrt_quad_psd_x": ("A: n n positive_definite; x: n; u: n", "x", ("sqrt((x - u)'*A*(x - u) + 1)",), 8),
    "quad_cubic_x": ("A: n n symmetric; x: n", "x", (
        "(x.^2)'*A*(x.^2)", r"\sum_{i=1}^n\sum_{j=1}^n A_{ij}x_i^2x_j^2"), "4*x.*(A*x.^2)"),
    "maxcut_V": ("V: n k; W: n n symmetric", "V", ("sum(W.*(1 - V*V'))/4",), "-W*V/2"),
    "commute_quad_X": ("X: n n symmetric; A: n n symmetric; B: n n", "X", ("tr(X*A*X*B)",), 8),
    "cumsum_quad_x": ("x: n; A: n n symmetric", "x", ("cumsum(x)'*A*cumsum(x)",), "2*flip(cumsum(flip(A*cumsum(x))))"),
    "conv1d_w": ("x: n; w: k; g: n-k+1", "w", ("g'*conv1d(x, w)",), "conv1d(x, g)"),
    "conv1d_ls_x": ("x: n; w: k; y: n-k+1", "x", ("norm(conv1d(x, w) - y)^2/2", "sum((y - conv1d(x, w)).^2)/2"), 5),
    "conv2d_W": ("X: H V; K: p q; G: (H-p+1) (V-q+1)", "K", ("sum(G.*conv2d(X, K))",), "conv2d(X, G)"),
    "conv_stride_w": ("x: n; w: k; y: floor((n-k)/2)+1", "w", ("y'*conv1d(x, w, stride=2)",), 2),
    "embed_E": ("E: v d; T: n v one_hot; G: n d", "E", ("sum(G.*(T*E))", "tr(G'*T*E)"), "T'*G"),
    "cbow_E": ("E: v d; U: v d; c: v; t: v one_hot", "E", ("-t'*log_softmax(U*E'*c)",), "c*(softmax(U*E'*c) - t)'*U"),
    "fm_x": ("x: d; V: d k", "x", (
        "(norm(V'*x)^2 - sum((x.^2)'*V.^2))/2", "(sum((V'*x).^2) - sum((x.^2)'*(V.^2)))/2"),
        "V*(V'*x) - sum(V.^2, axis=1).*x"),
    "mf_bias_b": ("R: n m; U: n k; V: m k; b: n; c: m; M: n m", "b", (
        "sum(M.*(R - U*V' - b*ones(m)' - ones(n)*c').^2)",), 12),
    "nmf_kl_W": ("X: n m positive; W: n k positive; H: k m positive", "W", (
        "sum(W*H - X.*log(W*H))", "sum(sum(W*H)) - tr(X'*log(W*H))"), "(1 - X./(W*H))*H'"),
    "nmf_fro_H": ("X: n m; W: n k; H: k m", "H", ("norm(X - W*H)^2/2",), "W'*(W*H - X)"),
    "trans_e": ("h: d; r: d; t: d; m: scalar", "r", ("norm(h + r - t)", r"\|t - h - r\|"), "(h + r - t)/norm(h + r - t)"),
    "distmult_r": ("h: d; r: d; t: d; y: scalar", "r", (
        "softplus(-y*sum(h.*r.*t))", "log(1 + exp(-y*h'*diag(r)*t))"), "-y*sigmoid(-y*sum(h.*r.*t))*h.*t"),
    "tucker_G": ("G: p q r; A: n p; B: m q; C: l r; X: n m l", "G", (
        'norm(X - einsum("pqr,ip,jq,kr->ijk", G, A, B, C))^2/2',), 9),
    "dictionary_D": ("D: n k; A: k N; X: n N; a: scalar", "D", (
        "norm(X - D*A)^2/2 + a*norm(D'*D - eye(k))^2/4",), "(D*A - X)*A' + a*D*(D'*D - eye(k))"),
    "lowrank_adapt_B": ("W: m n; B: m r; A: r n; x: n; y: m; a: scalar", "B", (
        "norm((W + a*B*A)*x - y)^2/2",), "a*((W + a*B*A)*x - y)*(A*x)'"),
    "resnet_W": ("W: d d; V: d d; x: d; y: d", "W", ("norm(x + V*tanh(W*x) - y)^2/2",), 12),
    "gated_U": ("U: h d; V: h d; x: d; w: h", "U", (
        "w'*(sigmoid(U*x).*tanh(V*x))",), "(w.*tanh(V*x).*sigmoid(U*x).*(1 - sigmoid(U*x)))*x'"),
    "swiglu_W": ("W: h d; V: h d; x: d; g: h", "V", ("g'*(silu(W*x).*(V*x))",), "(g.*silu(W*x))*x'"),
    "mdn_pi": ("a: k; l: k", "a", (
        "-log(sum(softmax(a).*exp(l)))", "-logsumexp(log_softmax(a) + l)"), "softmax(a) - softmax(a + l)"),
    "ae_V": ("W: k d; V: d k; X: N d", "V", ("norm(X - tanh(X*W')*V')^2/N",), "2*(tanh(X*W')*V' - X)'*tanh(X*W')/N"),
    "hopf_energy_W": ("W: n n; x: n", "W", ("-x'*W*x/2",), "-x*x'/2"),
    "rbm_W": ("W: m n; v: n; b: m; a: n", "W", (
        "-a'*v - sum(softplus(W*v + b))", "-a'*v - sum(log(1 + exp(W*v + b)))"), "-sigmoid(W*v + b)*v'"),
    "maxout_w": ("W: k n; x: n", "x", ("max(W*x)",), 3),
    "gamma_glm_h": ("X: N d; w: d; y: N", "w", ("sum(y.*exp(-X*w) + X*w)",), "X'*diag(y.*exp(-X*w))*X"),
    "hinge2_h": ("X: N d; w: d; y: N", "w", ("sum(relu(1 - y.*(X*w)).^2)",), 9),
    "cauchy_h": ("x: n", "x", ("log(1 + x'*x)", "log(1 + norm(x)^2)"), "2*(eye(n) - 2*x*x'/(1 + x'*x))/(1 + x'*x)"),
    "kernel_h": ("x: d; y: d", "x", ("exp(-norm(x - y)^2/2)",), 9),
    "invquad_h": ("x: n; A: n n positive_definite", "x", ("1/(x'*A*x)",), 13),
    "mahal_sqrt_h": ("x: n; A: n n positive_definite", "x", ("sqrt(x'*A*x)",), "(A - A*x*x'*A/(x'*A*x))/sqrt(x'*A*x)"),
    "softmax_dot_h": ("z: n; u: n", "z", ("u'*softmax(z)",), 16),
    "mixture_h": ("z: c; l: c", "z", ("logsumexp(z + l) - logsumexp(z)",), 10),
    "cox_row_h": ("X: n d; b: d; r: n positive", "b", ("log(r'*exp(X*b))", "logsumexp(log(r) + X*b)"), 9),
    "fm_h": ("x: d; V: d k", "x", ("(norm(V'*x)^2 - sum((x.^2)'*V.^2))/2",), "V*V' - diag(sum(V.^2, axis=1))"),
    "two_layer_h": ("v: h; W: h d; x: d", "x", ("v'*tanh(W*x)",), "-2*W'*diag(v.*tanh(W*x).*(1 - tanh(W*x).^2))*W"),
    "logbarrier_S_h": ("x: n positive", "x", ("-sum(log(x)) + norm(x)^2/2",), "diag(1./x.^2) + eye(n)"),
    "trace_inv_h": ("a: n positive; b: n", "a", ("sum(b.^2./a)",), "2*diag(b.^2./a.^3)"),
    "sq_of_sum_h": ("x: n", "x", ("sum(x)^3", r"(\mathbf{1}^\top x)^3"), "6*sum(x)*ones(n,n)"),
    "sigmoid_ce_J": ("W: m n; x: n", "x", (
        "sigmoid(W*x)", "1./(1 + exp(-W*x))"), "diag(sigmoid(W*x).*(1 - sigmoid(W*x)))*W"),
    "softmax_temp_J": ("z: n; T: scalar positive", "z", (
        "softmax(z/T)", "exp(z/T)/sum(exp(z/T))"), "(diag(softmax(z/T)) - softmax(z/T)*softmax(z/T)')/T"),
    "layernorm_lin_J": ("W: m n; x: n", "x", ("W*(x - mean(x))",), "W - W*ones(n)*ones(n)'/n"),
    "mlp_J": ("W: h d; V: m h; x: d", "x", ("V*tanh(W*x)",), "V*diag(1 - tanh(W*x).^2)*W"),
    "outer_proj_J": ("x: n; u: n", "x", ("(u'*x)*x",), "x*u' + (u'*x)*eye(n)"),
    "sym_quad_vec_J": ("x: n; A: n n; y: n", "x", ("(x'*A*x)*y",), "y*x'*(A + A')"),
    "hadam_sq_J": ("W: m n; x: n", "x", ("(W*x).^2",), "2*diag(W*x)*W"),
    "exp_norm_J": ("x: n", "x", ("x*exp(-norm(x)^2/2)", "x*exp(-x'*x/2)"), "exp(-norm(x)^2/2)*(eye(n) - x*x')"),
    "cumsum_J": ("x: n", "x", ("cumsum(x)",), 1),
    "logdet_3": ("x: n", "x", ("sum(log(cosh(x)))",), 6),
    "quad_form_3": ("x: n; A: n n symmetric", "x", ("x'*A*x/2 + sum(x.^3)/6",), 1),
    "tr_XtAX_inv": ("X: n m; A: n n positive_definite; B: m m symmetric", "X", (
        "tr(inv(X'*A*X)*B)", "tr(B*inv(X'*A*X))"), "-2*A*X*inv(X'*A*X)*B*inv(X'*A*X)"),
    "logdet_lowrank_V": ("V: n k; s: scalar positive", "V", (
        "logdet(s*eye(n) + V*V')", "logdet(V*V' + s*eye(n))"), "2*inv(s*eye(n) + V*V')*V"),
    "kl_wish_X": ("X: n n positive_definite; A: n n positive_definite", "X", (
        "tr(inv(A)*X) - logdet(X) + logdet(A) - n", "tr(X*inv(A)) - log(det(X)/det(A)) - n"), "inv(A) - inv(X)"),
    "stein_X": ("X: n n positive_definite; A: n n positive_definite", "X", (
        "logdet((X+A)/2) - (logdet(X) + logdet(A))/2",), "inv(X + A) - inv(X)/2"),
    "fro_ratio_X": ("X: n m; A: n m", "X", (
        "tr(A'*X)/norm(X)", "sum(A.*X)/sqrt(sum(X.^2))"), "(A - tr(A'*X)*X/norm(X)^2)/norm(X)"),
    "sub_X": ("X: n m; U: n k", "X", ("norm(X - U*U'*X)^2", "norm((eye(n) - U*U')*X)^2"), 9),
    "had_inv_X": ("X: n n positive_definite; M: n n", "X", ("sum(M.*inv(X))", "tr(M'*inv(X))"), "-inv(X)*M*inv(X)"),
    "expm_tr": ("X: n n symmetric; A: n n", "X", ("tr(expm(X))",), 1),
    "bilin_kron": ("A: n n; x: n; y: n", "A", ("kron(x, y)'*vec(A)", "y'*A*x", "tr(A*x*y')"), "y*x'"),
    "lad_smooth": ("X: N d; w: d; y: N; h: scalar positive", "w", ("mean(sqrt(((X*w - y)/h).^2 + 1))",), 10),
    "wls_probit": ("X: N d; w: d; y: N", "w", ("-sum(y.*log(normal_cdf(X*w)) + (1-y).*log(1 - normal_cdf(X*w)))",), 14),
    "zip_l": ("l: n positive; p: scalar positive", "l", ("-sum(log(p + (1-p)*exp(-l)))",), 8),
    "softmax_reg_b": ("X: N d; W: d c; b: c; Y: N c one_hot", "b", (
        "-sum(Y.*log_softmax(X*W + b, axis=1))/N", "mean(logsumexp(X*W + b, axis=1) - sum(Y.*(X*W + b), axis=1))"),
        "(softmax(X*W + b, axis=1) - Y)'*ones(N)/N"),
    "ordinal_t": ("s: n; t: scalar; y: n", "t", (
        "sum(log(1 + exp(-y.*(s - t))))", "-sum(log(sigmoid(y.*(s - t))))"), "y'*sigmoid(-y.*(s - t))"),
    "svm_dual_a": ("K: n n symmetric; a: n; y: n", "a", (
        "sum(a) - (a.*y)'*K*(a.*y)/2", "ones(n)'*a - a'*diag(y)*K*diag(y)*a/2"), "1 - y.*(K*(a.*y))"),
    "huberized_x": ("x: n; d: scalar positive", "x", ("sum(d^2*(sqrt(1 + (x/d).^2) - 1))",), "x./sqrt(1 + (x/d).^2)"),
    "nce_u": ("u: d; V: k d; p: d; b: scalar", "u", (
        "-log(sigmoid(u'*p - b)) - sum(log(1 - sigmoid(V*u - b)))", "softplus(b - u'*p) + sum(softplus(V*u - b))"), 10),
    "rbf_gram_s": ("D: n n; G: n n; s: scalar positive", "s", (
        "sum(G.*exp(-D/s))", "tr(G'*exp(-D/s))"), "sum(G.*D.*exp(-D/s))/s^2"),
    "matern_x": ("x: d; y: d", "x", ("(1 + norm(x - y))*exp(-norm(x - y))",), "-exp(-norm(x - y))*(x - y)"),
    "energy_dist_X": ("X: n d; Y: m d", "X", (r"\sum_{i=1}^n\sum_{j=1}^m \|X_{i,:} - Y_{j,:}\|^2",), 6),
    "polyk_grad_w": ("w: n; K: n n symmetric; y: n", "w", ("norm(y - (K*w).^2)^2",), 6),
    "heat_x": ("L: n n symmetric; x: n; t: scalar", "x", ("x'*(eye(n) - t*L)*x", "norm(x)^2 - t*x'*L*x"), "2*(x - t*L*x)"),
    "attn_graph_a": ("A: n n; H: n d; a: d", "a", ("sum(A.*tanh(ones(n)*(H*a)'))",), 7),
    "spectral_cut_H": ("H: n k; W: n n symmetric", "H", (
        "tr(H'*diag(sum(W, axis=1))*H) - tr(H'*W*H)", "tr(H'*(diag(W*ones(n)) - W)*H)"), "2*(diag(sum(W,axis=1)) - W)*H"),
    "groupnorm": ("X: g k; G: g k; e: scalar positive", "X", (
        "sum(G.*((X - mean(X, axis=1, keepdims=True))./sqrt(var(X, axis=1, keepdims=True) + e)))",), 13),
    "ln_gain_grad": ("x: n; g: n; w: n; e: scalar positive", "x", (
        "w'*(g.*((x - mean(x))/sqrt(var(x) + e)))", "sum(w.*g.*(x - mean(x)))/sqrt(var(x) + e)"), 14),
    "minmax_scale": ("x: n; a: scalar; b: scalar", "x", ("sum(((x - a)/(b - a)).^2)",), "2*(x - a)/(b - a)^2"),
    "logit_norm": ("z: c; t: c one_hot; T: scalar positive", "z", ("-t'*log_softmax(z/(T*norm(z)))",), 16),
    "mha_out_W": ("X: n d; A: n n; V: d k; W: k d; G: n d", "W", ("sum(G.*(A*X*V*W))", "tr(G'*A*X*V*W)"), "V'*X'*A'*G"),
    "alibi_Q": ("Q: n d; K: n d; V: n d; B: n n; G: n d", "Q", ("sum(G.*(softmax((Q*K' + B)/sqrt(d), axis=1)*V))",), 12),
    "gated_attn": ("w: k; V: k d; U: k d; H: d n; g: n", "w", ("g'*softmax((tanh(V*H).*sigmoid(U*H))'*w)",), 12),
    "triplet_cos": ("a: d; p: d; q: d", "a", (
        "softplus(a'*q - a'*p)", "log(1 + exp(a'*(q - p)))"), "sigmoid(a'*(q - p))*(q - p)"),
    "lifted_d": ("s: n; m: scalar", "s", ("logsumexp(m - s)", "log(sum(exp(m - s)))"), "-softmax(m - s)"),
    "approx_ndcg": ("s: n; g: n; T: scalar positive", "s", ("g'*sigmoid(s/T)",), "g.*sigmoid(s/T).*(1 - sigmoid(s/T))/T"),
    "kl_gauss_L": ("s: d positive; t: d positive", "t", ("sum(log(t./s) + s.^2./(2*t.^2))",), "1./t - s.^2./t.^3"),
    "js_gauss": ("m: d; u: d; S: d d positive_definite", "m", ("(m - u)'*inv(S)*(m - u)/8",), "inv(S)*(m - u)/4"),
    "student_x": ("x: d; m: d; S: d d positive_definite; v: scalar positive", "x", (
        "(v + d)/2*log(1 + (x - m)'*inv(S)*(x - m)/v)",), "(v + d)*inv(S)*(x - m)/(v + (x - m)'*inv(S)*(x - m))"),
    "mix_bern": ("P: k d positive; w: k positive; x: d", "w", ("log(w'*exp(log(P)*x))", "logsumexp(log(w) + log(P)*x)"), 7),
    "exp_family": ("t: n; h: k; T: k n", "t", (
        "logsumexp(T*t + h) - t'*T'*softmax(h)",), "T'*(softmax(T*t + h) - softmax(h))"),
    "cumsum_w": ("w: n; g: n", "w", ("g'*cumsum(w)", r"\sum_{i=1}^n\sum_{j=1}^i g_i w_j"), "flip(cumsum(flip(g)))"),
    "conv_same_x": ("x: n; w: k; g: n+k-1", "x", ('g\'*conv1d(x, w, mode="full")',), 1),
    "autocorr": ("x: n; w: k; y: n-k+1; a: scalar", "w", ("norm(conv1d(x, w) - y)^2 + a*norm(w)^2",), 7),
    "fm_pair": ("x: d; V: d k; w: d", "x", (
        "w'*x + (norm(V'*x)^2 - norm(diag(x)*V)^2)/2", "w'*x + (sum((V'*x).^2) - sum((x.^2)'*(V.^2)))/2"), 8),
    "als_u": ("u: k; V: m k; r: m; c: m; l: scalar", "u", (
        "sum(c.*(r - V*u).^2) + l*norm(u)^2", "(r - V*u)'*diag(c)*(r - V*u) + l*u'*u"), "2*(V'*(c.*(V*u - r)) + l*u)"),
    "pmf_log": ("U: n k; V: m k; R: n m; Z: n m", "U", ("sum(Z.*(R - sigmoid(U*V')).^2)",), 12),
    "vq_c": ("X: N d; C: k d; Z: N k one_hot", "C", ("norm(X - Z*C)^2", "tr((X - Z*C)'*(X - Z*C))"), "2*Z'*(Z*C - X)"),
    "actor_adv": ("z: c; A: c", "z", ("-softmax(z)'*A", "-sum(A.*exp(z))/sum(exp(z))"), "-softmax(z).*(A - softmax(z)'*A)"),
    "ent_reg": ("z: c; r: c; b: scalar", "z", (
        "-softmax(z)'*r + b*softmax(z)'*log_softmax(z)", "-sum(softmax(z).*(r - b*log_softmax(z)))"), 10),
    "power_iter_J": ("A: n n symmetric; x: n", "x", ("A*x/norm(x)",), "A*(eye(n) - x*x'/norm(x)^2)/norm(x)"),
    "spd_J": ("x: n; s: scalar positive", "x", ("x/sqrt(s + x'*x)",), "(eye(n) - x*x'/(s + x'*x))/sqrt(s + x'*x)"),
    "squash_J": ("x: n", "x", ("norm(x)*x",), "norm(x)*eye(n) + x*x'/norm(x)"),
    "bn_lin_h": ("X: N d; w: d; y: N", "w", ("mean((X*w - y).^4)",), 9),
    "sp_h": ("x: n; A: m n", "x", ("sum(softplus(A*x))",), "A'*diag(sigmoid(A*x).*(1 - sigmoid(A*x)))*A"),
    "quart_h": ("x: n; A: n n symmetric", "x", ("(x'*A*x)^2/4 + x'*x/2",), "2*A*x*x'*A + (x'*A*x)*A + eye(n)"),
    "rat_h": ("x: n", "x", ("sum(1./(1 + x.^2))",), 9),
    "ratio_h": ("x: n positive; a: n", "x", ("a'*x/sum(x)",), 9),
    "stiefel_h": ("X: n m", "X", ("norm(X'*X - eye(m))^2/4",), 8),
    "logit_J": ("p: n positive", "p", ("log(p./(1 - p))", "log(p) - log(1 - p)"), "diag(1./(p.*(1 - p)))"),
    "whiten_J": ("x: n; m: n; L: n n invertible", "x", ("inv(L)*(x - m)",), "inv(L)"),
    "lstm_c_J": ("c: n; f: n; i: n; W: n n", "c", ("f.*c + i.*tanh(W*c)",), "diag(f) + diag(i.*(1 - tanh(W*c).^2))*W"),
    "prod_x": ("x: n; a: n", "x", ("prod(x)*(a'*x)",), 6),
    "softsort": ("s: n; t: n; T: scalar positive; g: n n", "s", (
        "sum(g.*softmax(-abs(t*ones(n)' - ones(n)*s')/T, axis=1))",), 14),
    # written when the rest was good, and first derived when they stood here
    "cook_axb_frob": ("A: p n; X: n m; B: m q; C: p q", "X", (
        "norm(A*X*B - C)^2", "tr((A*X*B - C)*(A*X*B - C)')", r"\|C - AXB\|_F^2"), "2*A'*(A*X*B - C)*B'"),
    "cook_bXXc": ("b: m; c: m; X: n m", "X", ("b'*X'*X*c", r"(Xb)^\top (Xc)", "tr(X*c*b'*X')"), "X*(b*c' + c*b')"),
    "cook_bXDXc": ("b: m; c: m; X: n m; D: n n", "X", ("b'*X'*D*X*c", r"(Xb)^\top D Xc"), "D*X*c*b' + D'*X*b*c'"),
    "cook_Xb_c_D": ("X: n m; b: m; c: n; D: n n", "X", (
        "(X*b + c)'*D*(X*b + c)", r"(c + Xb)^\top D (c + Xb)"), "(D + D')*(X*b + c)*b'"),
    "cook_tr_XX_inv": ("X: n n invertible; A: n n; B: n n", "X", (
        "tr(A*inv(X)*B)", "tr(inv(X)*B*A)", r"\operatorname{tr}(BAX^{-1})"), "-inv(X)'*A'*B'*inv(X)'"),
    "cook_inv_shift": ("X: n n; A: n n", "X", (
        "tr(inv(X + A))", r"\operatorname{tr}((A+X)^{-1})"), "-(inv(X + A)*inv(X + A))'"),
    "cook_logdet_half": ("X: n n invertible", "X", ("log(abs(det(X)))", "logdet(X'*X)/2", "logdet(X*X')/2"), "inv(X)'"),
    "cook_det_AXB": ("A: n n invertible; X: n n invertible; B: n n invertible", "X", (
        "det(A*X*B)", "det(A)*det(X)*det(B)"), 5),
    "cook_det_k": ("X: n n invertible; k: scalar", "X", ("det(X)^k",), "k*det(X)^k*inv(X)'"),
    "cook_tr_sq": ("X: n n", "X", ("tr(X*X)", "tr(X^2)", r"\operatorname{tr}(X^2)"), "2*X'"),
    "cook_tr_XtBX": ("X: n m; B: n n; C: m m", "X", ("tr(B*X*C*X'*B')", "tr(B'*B*X*C*X')"), "B'*B*X*(C + C')"),
    "cook_tr_AXBXtC": ("A: n n; X: n m; B: m m; C: n n", "X", ("tr(A*X*B*X'*C)", "tr(C*A*X*B*X')"), "A'*C'*X*B' + C*A*X*B"),
    "cook_tr_4": ("X: n m; B: n n symmetric; C: m m", "X", (
        "tr(C'*X'*B*X*C)", "tr(X'*B*X*C*C')", "sum(B.*(X*C*C'*X'))"), "2*B*X*C*C'"),
    "cook_XtBXXtBX": ("X: n m; B: n n symmetric", "X", ("tr(X'*B*X*X'*B*X)", "norm(X'*B*X)^2"), "4*B*X*X'*B*X"),
    "cook_xAx_sym_X": ("X: n n symmetric; a: n; b: n", "X", ("a'*X*b",), "(a*b' + b*a')/2"),
    "cook_trA_pow": ("X: n n; A: n n", "X", ("tr(A*X*X)", r"\operatorname{tr}(AX^2)"), "A'*X' + X'*A'"),
    "cook_norm_xa": ("x: n; a: n", "x", ("norm(x - a)", r"\|a - x\|_2"), "(x - a)/norm(x - a)"),
    "cook_xa_J": ("x: n; a: n", "x", (
        "(x - a)/norm(x - a)", r"\frac{x - a}{\|x - a\|}"), "(eye(n) - (x - a)*(x - a)'/norm(x - a)^2)/norm(x - a)"),
    "cook_gauss_mix_x": ("x: n; m: n; S: n n positive_definite; p: scalar", "x", (
        "p*exp(-(x - m)'*inv(S)*(x - m)/2)/sqrt(det(S))",), 12),
    "cook_ratio2": ("x: n; A: n n; b: n", "x", ("(x'*A*x)/(b'*x)",), "((A + A')*x - x'*A*x/(b'*x)*b)/(b'*x)"),
    "cook_as_x": ("A: n m; x: m; s: n", "x", ("(s - A*x)'*(s - A*x)/2", "norm(A*x - s)^2/2"), "A'*(A*x - s)"),
    "cook_WxAs": ("x: n; A: n m; s: m; W: n n symmetric", "A", (
        "(x - A*s)'*W*(x - A*s)", r"(As - x)^\top W (As - x)"), "2*W*(A*s - x)*s'"),
    "sandwich_A": ("A: m m; B: n n; x: m*n; y: m*n", "A", ("y'*kron(A, B)*x",), 4),
    "inv_A": ("A: n n invertible; B: m m invertible", "A", ("tr(inv(kron(A, B)))", "tr(inv(A))*tr(inv(B))"), 6),
    "det_A": ("A: n n invertible; B: m m invertible", "A", ("det(kron(A, B))", "det(A)^m*det(B)^n"), 7),
    "lyap_X": ("A: n n; X: n n; C: n n", "X", ("norm(A*X + X*A' + C)^2/2",), 9),
    "vecIA_X": ("A: m n; X: n p; g: m*p", "X", ("g'*kron(eye(p), A)*vec(X)", "g'*vec(A*X)"), 2),
    "ptrace_A": ("A: n n; B: m m; C: m m", "A", ("tr(kron(A, B)*kron(eye(n), C))", "tr(A)*tr(B*C)"), "tr(B*C)*eye(n)"),
    "lap_norm_x": ("W: n n symmetric; x: n; d: n positive", "x", (
        "x'*(eye(n) - diag(1./sqrt(d))*W*diag(1./sqrt(d)))*x", "x'*x - (x./sqrt(d))'*W*(x./sqrt(d))"), 8),
    "sage_W": ("A: n n; H: n d; W: d c; V: d c; G: n c", "W", (
        "sum(G.*tanh(H*V + A*H*W))",), "(A*H)'*(G.*(1 - tanh(H*V + A*H*W).^2))"),
    "label_prop": ("F: n c; S: n n symmetric; Y: n c; a: scalar", "F", (
        "tr(F'*(eye(n) - S)*F) + a*norm(F - Y)^2", "norm(F)^2 - tr(F'*S*F) + a*sum((F-Y).^2)"), "2*(F - S*F + a*(F - Y))"),
    "cheb_t": ("L: n n symmetric; x: n; y: n; a: scalar; b: scalar", "b", ("norm(a*L*x + b*(2*L*L*x - x) - y)^2",), 13),
    "incidence": ("B: m n; x: n; f: m", "x", ("norm(B*x - f)^2", "(B*x - f)'*(B*x - f)"), "2*B'*(B*x - f)"),
    "pl_W": ("W: n n; X: n d", "W", (r"\sum_{i=1}^n\sum_{j=1}^n W_{ij}\|X_{i,:} - X_{j,:}\|^2",), 4),
    "second_diff": ("x: n", "x", (r"\sum_{i=2}^{n-1} (x_{i+1} - 2x_i + x_{i-1})^2",), 8),
    "ar1_x": ("x: n; f: scalar", "x", (r"\sum_{t=2}^{n} (x_t - f x_{t-1})^2",), 9),
    "roll": ("x: n; g: n", "x", ("sum((roll(x, 1) - x).^2)", "norm(x - roll(x, 1))^2"), 5),
    "autocov": ("x: n", "x", ("x'*roll(x, 1)",), 3),
    "flip": ("x: n", "x", ("sum(x.*flip(x))", "x'*flip(x)"), 2),
    "mvn_L": ("X: N d; m: d; P: d d positive_definite", "P", (
        "-N/2*logdet(P) + tr((X - m)*P*(X - m)')/2",
        r"-\frac{N}{2}\log\det P + \frac12\sum_{i=1}^N (X_{i,:} - m)^\top P (X_{i,:} - m)"),
        "((X - m)'*(X - m) - N*inv(P))/2"),
    "mean_prec": ("X: N d; m: d; P: d d symmetric", "m", (
        r"\frac12\sum_{i=1}^N (X_{i,:} - m)^\top P (X_{i,:} - m)", "tr((X - m)*P*(X - m)')/2"), "P*(N*m - X'*ones(N))"),
    "cov_quad": ("X: N d; w: d", "w", ("var(X*w)", "w'*(X - mean(X, axis=0))'*(X - mean(X, axis=0))*w/N"), 6),
    "sharpe": ("w: d; m: d; S: d d positive_definite", "w", (
        "m'*w/sqrt(w'*S*w)", r"\frac{m^\top w}{\sqrt{w^\top S w}}"), "(m - m'*w*S*w/(w'*S*w))/sqrt(w'*S*w)"),
    "risk_parity": ("w: d positive; S: d d symmetric; c: scalar", "w", ("w'*S*w/2 - c*sum(log(w))",), "S*w - c./w"),
    "markowitz": ("w: d; m: d; S: d d symmetric; a: scalar", "w", (
        "a/2*w'*S*w - m'*w", r"\frac{a}{2} w^\top S w - m^\top w"), "a*S*w - m"),
    "fisher_w": ("w: d; m: d; S: d d positive_definite", "w", (
        "(w'*m)^2/(w'*S*w)",), "2*(w'*m)/(w'*S*w)*(m - w'*m/(w'*S*w)*S*w)"),
    "corrmat": ("R: d d positive_definite; z: d", "R", (
        "logdet(R) + z'*(inv(R) - eye(d))*z",), "inv(R) - inv(R)*z*z'*inv(R)"),
    "factor_psi": ("L: d k; p: d positive; C: d d symmetric", "p", (
        "logdet(L*L' + diag(p)) + tr(C*inv(L*L' + diag(p)))",), 9),
    "shrink": ("S: d d positive_definite; T: d d positive_definite; a: scalar", "a", (
        "logdet((1 - a)*S + a*T)",), "tr(inv((1-a)*S + a*T)*(T - S))"),
    "logsoft_rows": ("X: N d; G: N d", "X", (
        "sum(G.*log_softmax(X, axis=1))", "sum(G.*(X - logsumexp(X, axis=1, keepdims=True)))"),
        "G - sum(G, axis=1, keepdims=True).*softmax(X, axis=1)"),
    "l1_rows": ("X: N d positive; G: N d", "X", ("sum(G.*X./sum(X, axis=1, keepdims=True))",), 7),
    "ln_two": ("x: n; W: m n; g: m; e: scalar positive", "x", ("g'*W*(x - mean(x))/sqrt(var(x) + e)",), 15),
    "center_cols": ("X: N d; G: N d", "X", (
        "sum(G.*(X - mean(X, axis=0)))", r"\operatorname{tr}(G^\top (X - \frac1N \mathbf{1}\mathbf{1}^\top X))"),
        "G - mean(G, axis=0)"),
    "double_center": ("K: n n; G: n n", "K", ("sum(G.*((eye(n) - ones(n,n)/n)*K*(eye(n) - ones(n,n)/n)))",), 5),
    "scale_l2_batch": ("X: N d; s: d; G: N d", "s", ("sum(G.*(X.*s))", "sum(G.*(X*diag(s)))"), 2),
    "power_norm": ("x: n positive; g: n; p: scalar positive", "x", ("g'*(x.^p/sum(x.^p))",), 9),
    "rms_W": ("W: m n; x: n; g: m; e: scalar positive", "W", ("g'*(W*x)/sqrt(mean((W*x).^2) + e)",), 13),
    "sd_x": ("x: n; e: scalar positive", "x", ("sqrt(var(x) + e)", "sqrt(mean((x - mean(x)).^2) + e)"), 8),
    "skew": ("x: n", "x", ("mean((x - mean(x)).^3)",), 9),
    "rbf_G_x": ("x: d; Y: n d; a: n", "x", ("(a'*exp(-sum((Y - x).^2, axis=1)/2))^2",), 12),
    "laplace": ("x: d; y: d; s: scalar positive", "x", ("exp(-norm(x - y)/s)", r"e^{-\|y - x\|/s}"), 8),
    "ard": ("x: d; y: d; l: d positive", "l", (
        "exp(-sum(((x - y)./l).^2)/2)", r"\exp\left(-\frac12\sum_{i=1}^d \frac{(x_i - y_i)^2}{l_i^2}\right)"), 9),
    "quad_X": ("X: n d; a: n; b: scalar", "X", ("a'*(X*X' + b).^2*a",), 7),
    "gp_pred": ("k: n; K: n n positive_definite; y: n; s: scalar positive", "y", (
        "k'*inv(K + s*eye(n))*y",), "inv(K + s*eye(n))*k"),
    "gp_var": ("k: n; K: n n positive_definite; c: scalar", "k", ("c - k'*inv(K)*k",), "-2*inv(K)*k"),
    "nw": ("h: n positive; y: n", "h", ("y'*h/sum(h)", "sum(y.*h)/sum(h)"), "(y - y'*h/sum(h))/sum(h)"),
    "periodic": ("t: scalar; s: scalar; l: scalar positive", "t", ("exp(-2*sin(t - s)^2/l^2)",), 12),
    "expdot_X": ("X: n d; Y: m d; G: n m", "X", ("sum(G.*exp(X*Y'))", "tr(G'*exp(X*Y'))"), "(G.*exp(X*Y'))*Y"),
    "bce_W": ("X: N d; W: d c; Y: N c", "W", (
        "-sum(Y.*log(sigmoid(X*W)) + (1 - Y).*log(1 - sigmoid(X*W)))/N", "mean(sum(softplus(X*W) - Y.*(X*W), axis=1))"),
        "X'*(sigmoid(X*W) - Y)/N"),
    "focal_alpha": ("z: n; g: scalar positive", "z", ("-sum((1 - sigmoid(z)).^g.*log(sigmoid(z)))",), 9),
    "tversky": ("p: n; t: n; a: scalar", "p", ("1 - p'*t/(p'*t + a*p'*(1 - t))",), 14),
    "iou": ("p: n; t: n", "p", ("p'*t/(sum(p) + sum(t) - p'*t)",), 11),
    "polyloss": ("z: c; t: c one_hot; e: scalar", "z", ("-t'*log_softmax(z) + e*(1 - t'*softmax(z))",), 9),
    "logit_adj": ("z: c; t: c one_hot; p: c positive; a: scalar", "z", (
        "-t'*log_softmax(z + a*log(p))",), "softmax(z + a*log(p)) - t"),
    "sce_rev": ("z: c; t: c", "z", ("-softmax(z)'*t",), "softmax(z).*(softmax(z)'*t - t)"),
    "wing": ("x: n; e: scalar positive; w: scalar", "x", ("w*sum(log(1 + abs(x)/e))",), "w*sign(x)./(e + abs(x))"),
    "geman": ("X: N d; w: d; y: N; c: scalar", "w", ("sum((X*w - y).^2./(c + (X*w - y).^2))",), 10),
    "welsch": ("X: N d; w: d; y: N; c: scalar positive", "w", (
        "c^2/2*sum(1 - exp(-((X*w - y)/c).^2))", r"\frac{c^2}{2}\sum_{i=1}^N\left(1 - e^{-(y_i - X_{i,:}w)^2/c^2}\right)"),
        "X'*((X*w - y).*exp(-((X*w - y)/c).^2))"),
    "exp_margin": ("s: n; r: n", "s", ("sum(exp(r - s))",), "-exp(r - s)"),
    "ls_softmax_W": ("X: N d; W: d c; Y: N c", "W", ("norm(softmax(X*W, axis=1) - Y)^2/2",), 11),
    "listmle1": ("s: n", "s", ("logsumexp(s) - s[1]",), 3),
    "bt": ("t: n; P: n n", "t", (r"-\sum_{i=1}^n\sum_{j=1}^n P_{ij}\left(t_i - \log(e^{t_i} + e^{t_j})\right)",), 9),
    "distill": ("z: c; v: c; T: scalar positive", "z", (
        "-T^2*softmax(v/T)'*log_softmax(z/T)",), "T*(softmax(z/T) - softmax(v/T))"),
    "ipo": ("u: scalar; v: scalar; b: scalar positive", "u", (
        "(u - v - 1/(2*b))^2", r"\left(u - v - \frac{1}{2b}\right)^2"), 5),
    "pg_baseline": ("W: c d; X: N d; A: N c; V: N", "W", ("-sum(A.*log_softmax(X*W', axis=1))/N",), 9),
    "q_td": ("Q: n d; w: d; r: n; P: n d; g: scalar", "w", ("norm(Q*w - r - g*sg(P*w))^2/2",), "Q'*(Q*w - r - g*sg(P*w))"),
    "bellman_res": ("Q: n d; w: d; r: n; P: n d; g: scalar", "w", (
        "norm(Q*w - r - g*P*w)^2/2", "sum((r + (g*P - Q)*w).^2)/2"), 7),
    "sigm_attn_Q": ("Q: n d; K: m d; V: m p; G: n p", "Q", ("sum(G.*(sigmoid(Q*K'/sqrt(d))*V))",), 10),
    "query_pool": ("q: d; X: n d; g: d", "q", ("g'*X'*softmax(X*q/sqrt(d))", "sum((X*g).*softmax(X*q/sqrt(d)))"), 9),
    "values_lin_W": ("X: n d; A: n n; W: d k; G: n k", "W", ("sum(G.*(softmax(A, axis=1)*X*W))",), 4),
    "cos_Q": ("q: d; k: d", "q", ("q'*k/(norm(q)*norm(k))", "cosine_similarity(q, k)"), 10),
    "additive_v": ("v: h; W: h d; X: n d; g: n", "v", ("g'*softmax(tanh(X*W')*v)",), 8),
    "linear_causal": ("S: n n; Q: n d; K: n d; V: n p; G: n p", "V", ("sum(G.*(tril(Q*K')*V))",), 3),
    "causal_Q": ("Q: n d; K: n d; V: n p; G: n p", "Q", ("sum(G.*(tril(Q*K')*V))",), 4),
    "ent": ("A: n n", "A", ("-sum(softmax(A, axis=1).*log_softmax(A, axis=1))",), 8),
    "talk": ("z: n; w: n; u: n", "w", ("u'*softmax(w.*z)",), 6),
    "studentx2_h": ("x: n; v: scalar positive", "x", ("log(1 + x'*x/v)",), 9),
    "softplus_lin2_h": ("X: N d; w: d; y: N", "w", (
        "sum(softplus(-y.*(X*w)))",), "X'*diag(y.^2.*sigmoid(-y.*(X*w)).*(1 - sigmoid(-y.*(X*w))))*X"),
    "expsum2_h": ("A: m n; x: n; c: m", "x", ("c'*exp(A*x)", r"\sum_{i=1}^m c_i e^{A_{i,:} x}"), "A'*diag(c.*exp(A*x))*A"),
    "rayleigh_like2_h": ("x: n; a: n", "x", ("(a'*x)^2/(x'*x)",), 17),
    "cube_norm2_h": ("x: n", "x", ("norm(x)^3",), "3*(norm(x)*eye(n) + x*x'/norm(x))"),
    "sq_logistic2_h": ("w: d; x: d; y: scalar", "w", ("(sigmoid(w'*x) - y)^2/2",), 11),
    "quad_tanh2_h": ("w: d; X: N d; y: N", "w", ("norm(tanh(X*w) - y)^2/2",), 12),
    "trinv2_h": ("x: n positive; A: n n", "x", ("sum(1./x)",), "2*diag(1./x.^3)"),
    "bilinear_sym2_h": ("W: n n symmetric; x: n; b: n", "x", ("x'*W*x/2 + b'*x",), "W"),
    "fm22_h": ("x: n; a: n; b: n", "x", ("(a'*x)*(b'*x)",), "a*b' + b*a'"),
    "entropy_soft2_h": ("x: n positive", "x", ("sum(x)*log(sum(x)) - sum(x.*log(x))",), 5),
    "perspective2_h": ("x: n; t: scalar positive", "x", ("x'*x/t",), "2*eye(n)/t"),
    "logsum_w2_h": ("x: n; a: n positive", "x", ("log(a'*exp(x))",), 7),
    "gl2_h": ("x: n", "x", ("sum((x.^2 - 1).^2)/4",), "diag(3*x.^2 - 1)"),
    "gn2_J": ("W: m n; x: n; b: m", "x", ("sigmoid(W*x + b)",), "diag(sigmoid(W*x+b).*(1 - sigmoid(W*x+b)))*W"),
    "softmax_T2_J": ("A: m n; x: n; T: scalar positive", "x", ("softmax(A*x/T)", "exp(A*x/T)/sum(exp(A*x/T))"), 8),
    "proj_simplex2_J": ("x: n", "x", ("x - mean(x)", "x - ones(n)*ones(n)'*x/n"), 3),
    "house2_J": ("v: n; x: n", "v", ("x - 2*v*(v'*x)",), 7),
    "quadvec2_J": ("x: n; A: n n symmetric; b: n", "x", ("x*(x'*A*x)",), 7),
    "glu2_J": ("W: n n; V: n n; x: n", "x", ("(W*x).*sigmoid(V*x)",), 10),
    "logratio2_J": ("x: n positive", "x", ("log(x) - mean(log(x))",), 5),
    "norm_affine2_J": ("A: m n; b: m; x: n", "x", ("(A*x + b)/norm(A*x + b)",), 11),
    "cumw2_J": ("x: n; g: n", "x", ("g.*cumsum(x)",), 2),
    "quartic2_3": ("x: n", "x", ("norm(x)^4/4",), 8),
    "exp_lin2_3": ("a: n; x: n", "x", ("exp(a'*x)",), 4),
    "logistic2_3": ("w: d; x: d", "w", ("softplus(w'*x)",), 8),
    "sum_exp2_3": ("x: n", "x", ("sum(exp(x))",), 3),
    "tri2_3": ("a: n; b: n; c: n; x: n", "x", ("(a'*x)*(b'*x)*(c'*x)",), 17),
    "quad_lin2_3": ("A: n n symmetric; b: n; x: n", "x", ("(x'*A*x)*(b'*x)",), 8),
    "rms_gain": ("X: N d; g: d; G: N d; e: scalar positive", "g", (
        "sum(G.*(X./sqrt(mean(X.^2, axis=1, keepdims=True) + e).*g))",
        "sum(G.*X.*g./sqrt(sum(X.^2, axis=1, keepdims=True)/d + e))"), 7),
    "ln_beta": ("X: N d; b: d; G: N d; e: scalar positive", "b", (
        "sum(G.*((X - mean(X, axis=1, keepdims=True))./sqrt(var(X, axis=1, keepdims=True) + e) + b))",), 1),
    "pairwise_logit": ("s: n; t: m", "s", (
        r"\sum_{i=1}^n\sum_{j=1}^m \log(1 + e^{t_j - s_i})", "sum(softplus(ones(n)*t' - s*ones(m)'))"), 4),
    "auc_sq": ("s: n; t: m", "s", (
        r"\sum_{i=1}^n\sum_{j=1}^m (1 - s_i + t_j)^2", "sum((1 - s*ones(m)' + ones(n)*t').^2)"), 7),
    "ising_pl": ("J: n n symmetric; x: n; h: n", "h", (
        "sum(softplus(2*x.*(J*x + h)))", "sum(log(1 + exp(2*x.*(J*x + h))))"), "2*x.*sigmoid(2*x.*(J*x + h))"),
    "boltz_W": ("W: m n; v: n; h: m", "W", ("-h'*W*v", r"-\sum_{i=1}^m\sum_{j=1}^n h_i W_{ij} v_j"), "-h*v'"),
    "gmm_full_m": ("x: d; m: d; P: d d positive_definite; l: scalar; r: scalar", "m", (
        "-log(exp(l) + exp(r - (x - m)'*P*(x - m)/2))",), 13),
    "wass_bures_m": ("m: d; u: d; A: d d; B: d d", "m", (
        "norm(m - u)^2 + tr(A + B)", r"\|m - u\|^2 + \operatorname{tr}(A) + \operatorname{tr}(B)"), "2*(m - u)"),
    "matcomp_U": ("M: n m; R: n m; U: n k; V: m k; a: scalar", "U", (
        "norm(M.*(R - U*V'))^2/2 + a/2*norm(U)^2", "sum(M.^2.*(U*V' - R).^2)/2 + a*sum(U.^2)/2"), 10),
    "bilin_pool": ("X: N d; A: d d", "X", ("norm(X'*X/N - A)^2",), 10),
    "moment": ("X: N d; m: d", "X", ("norm(mean(X, axis=0) - m)^2", r"\left\|\frac1N\sum_{i=1}^N X_{i,:} - m\right\|^2"), 6),
    "cov_logdet": ("X: N d; a: scalar positive", "X", ("logdet(X'*X/N + a*eye(d))",), 8),
    "sinkhorn_dual": ("f: n; g: m; C: n m; a: n; b: m; e: scalar positive", "g", (
        "a'*f + b'*g - e*sum(exp((f*ones(m)' + ones(n)*g' - C)/e))",), 8),
    "log_sinkhorn": ("g: m; C: n m; e: scalar positive; a: n", "g", ("-e*a'*logsumexp((ones(n)*g' - C)/e, axis=1)",), 7),
    "quad_pen": ("x: n; A: m n; b: m; r: scalar; c: n", "x", (
        "c'*x + r/2*norm(A*x - b)^2", r"c^\top x + \frac r2 \|Ax - b\|^2", "c'*x + r*sum((A*x-b).^2)/2"),
        "c + r*A'*(A*x - b)"),
    "aug_lag": ("x: n; A: m n; b: m; r: scalar; y: m", "x", ("y'*(A*x - b) + r/2*norm(A*x - b)^2",), "A'*(y + r*(A*x - b))"),
    "admm_x": ("x: n; z: n; u: n; r: scalar; A: m n; b: m", "x", (
        "norm(A*x - b)^2/2 + r/2*norm(x - z + u)^2",), "A'*(A*x - b) + r*(x - z + u)"),
    "prox_log": ("x: n positive; v: n; t: scalar positive", "x", (
        "-sum(log(x)) + norm(x - v)^2/(2*t)",), "(x - v)/t - 1./x"),
    "entropic_mirror": ("x: n positive; y: n positive", "x", (
        "sum(x.*log(x./y) - x + y)", "sum(x.*log(x) - x.*log(y)) - sum(x) + sum(y)"), "log(x./y)"),
    "itakura": ("x: n positive; y: n positive", "x", (
        "sum(x./y - log(x./y) - 1)", "sum(x./y - log(x) + log(y)) - n"), "1./y - 1./x"),
    "beta_div": ("x: n positive; y: n positive; b: scalar", "x", ("sum(x.^b/b - y.*x.^(b-1)/(b-1))",), 7),
    "alpha_div": ("x: n positive; y: n positive; a: scalar", "x", ("sum(x.^a.*y.^(1-a))",), 6),
    "renyi": ("x: n positive; a: scalar positive", "x", ("log(sum(x.^a))/(1 - a)",), 8),
    "tsallis": ("x: n positive; q: scalar", "x", ("(1 - sum(x.^q))/(q - 1)",), 6),
    "softmin": ("x: n; b: scalar positive", "x", ("-log(sum(exp(-b*x)))/b", "-logsumexp(-b*x)/b"), "softmax(-b*x)"),
    "pnorm_reg": ("X: N d; w: d; y: N; p: scalar", "w", ("sum(abs(X*w - y).^p)/p",), 7),
    "logitnormal": ("z: n; m: n; s: scalar positive", "z", ("sum((z - m).^2)/(2*s^2) + n*log(s)",), "(z - m)/s^2"),
    "nll_scale": ("x: n; s: scalar positive", "s", (
        "n*log(s) + norm(x)^2/(2*s^2)", "n*log(s) + sum((x/s).^2)/2"), "(n - norm(x)^2/s^2)/s"),
    "student_s": ("x: n; s: scalar positive; v: scalar positive", "s", (
        "n*log(s) + (v+1)/2*sum(log(1 + x.^2/(v*s^2)))",), 16),
    "ar_quad": ("A: n n; x: n; y: n; S: n n positive_definite", "A", (
        "(y - A*x)'*inv(S)*(y - A*x)/2", r"\frac12 (y-Ax)^\top S^{-1} (y-Ax)"), "inv(S)*(A*x - y)*x'"),
    "kf_logdet": ("H: m n; P: n n positive_definite; R: m m positive_definite", "R", (
        "logdet(H*P*H' + R)",), "inv(H*P*H' + R)"),
    "ekf_P": ("H: m n; P: n n positive_definite; R: m m positive_definite; v: m", "P", (
        "logdet(H*P*H' + R) + v'*inv(H*P*H' + R)*v",), 12),
    "lyap": ("A: n n; P: n n symmetric; Q: n n", "P", ("tr(Q*(A'*P + P*A))",), 5),
    "care": ("P: n n symmetric; A: n n; B: n n symmetric; Q: n n", "P", ("tr(Q*P*B*P)",), 7),
    "gramian": ("C: p n; A: n n; x: n", "A", ("norm(C*A*x)^2", "x'*A'*C'*C*A*x"), "2*C'*C*A*x*x'"),
    "deep_lin": ("A: p m; B: m n; X: n N; Y: p N", "B", (
        "norm(A*B*X - Y)^2/2", "tr((Y - A*B*X)'*(Y - A*B*X))/2"), "A'*(A*B*X - Y)*X'"),
    "res_lin": ("W: n n; X: n N; Y: n N", "W", ("norm(X + W*X - Y)^2", "norm((eye(n) + W)*X - Y)^2"), "2*(X + W*X - Y)*X'"),
    "conv_energy": ("x: n; y: n", "x", ("x'*y/(norm(x)*norm(y)) - norm(x - y)^2",), 13),
    "cosine_emb": ("X: N d; c: d", "c", ("sum(X*c)/norm(c)", "ones(N)'*X*c/sqrt(c'*c)"), 8),
    "arcface_cos": ("x: d; W: c d; t: c one_hot; s: scalar", "x", ("-t'*log_softmax(s*W*x/norm(x))",), 15),
    "ce_temp": ("z: N c; Y: N c one_hot; T: scalar positive", "z", (
        "-sum(Y.*log_softmax(z/T, axis=1))", "sum(logsumexp(z/T, axis=1)) - sum(Y.*z)/T"), "(softmax(z/T, axis=1) - Y)/T"),
    "ce_temp_T": ("z: c; t: c one_hot; b: scalar", "b", (
        "-t'*log_softmax(b*z)", "logsumexp(b*z) - b*t'*z"), "z'*(softmax(b*z) - t)"),
    "mixup": ("z: c; t: c one_hot; u: c one_hot; a: scalar", "z", (
        "-(a*t + (1-a)*u)'*log_softmax(z)", "-a*t'*log_softmax(z) - (1-a)*u'*log_softmax(z)"), 6),
    "klreg": ("z: c; u: c; t: c one_hot; b: scalar", "z", (
        "-t'*log_softmax(z) + b*softmax(u)'*(log_softmax(u) - log_softmax(z))",), 9),
    "sac": ("z: c; Q: c; a: scalar", "z", ("softmax(z)'*(a*log_softmax(z) - Q)",), 10),
    "grpo": ("l: n; o: n; A: n", "l", ("mean(exp(l - o).*A)", "sum(A.*exp(l)./exp(o))/n"), "A.*exp(l - o)/n"),
    "vae_s": ("s: d; e: d; m: d; g: d", "s", ("g'*(m + exp(s/2).*e)", "sum(g.*m + g.*e.*exp(s/2))"), 6),
    "vqvae": ("z: d; e: d; b: scalar", "z", ("norm(sg(z) - e)^2 + b*norm(z - sg(e))^2",), 5),
    "dpo": ("u: scalar; v: scalar; b: scalar positive; r: scalar", "u", (
        "-log(sigmoid(b*(u - v) - r))", "softplus(r - b*(u - v))", "log(1 + exp(r + b*(v - u)))"), 6),
    "swiglu_x": ("W: h d; V: h d; x: d; g: h", "W", ("g'*((W*x).*sigmoid(W*x).*(V*x))", "sum(g.*silu(W*x).*(V*x))"), 12),
    "moe": ("W: k d; x: d; y: k", "W", ("y'*softmax(W*x)", "sum(y.*exp(W*x))/sum(exp(W*x))"), 7),
    "pos_enc": ("Q: n d; K: n d; R: n d; G: n n", "R", ("sum(G.*(Q*(K + R)'))",), "G'*Q"),
    "rel_bias": ("Q: n d; K: n d; B: n n; V: n p; G: n p", "B", ("sum(G.*(softmax(Q*K' + B, axis=1)*V))",), 8),
    "lora_A": ("W: m n; A: r n; B: m r; X: N n; Y: N m", "A", ("norm(X*(W + B*A)' - Y)^2/2",), 7),
    "head_proj": ("X: n d; A: n n; V: d k; O: k d; G: n d", "V", ("sum(G.*(A*X*V*O))",), 4),
    "gcn_sm": ("A: n n symmetric; X: n d; W: d c; Y: n c one_hot", "W", ("-sum(Y.*log_softmax(A*X*W, axis=1))/n",), 6),
    "graph_tv": ("B: m n; x: n; y: n; a: scalar; e: scalar positive", "x", (
        "norm(x - y)^2/2 + a*sum(sqrt((B*x).^2 + e))",), 9),
    "lap_reg_W": ("W: n n; F: n d", "W", (
        r"\frac12\sum_{i=1}^n\sum_{j=1}^n W_{ij}\|F_{i,:} - F_{j,:}\|^2",
        "sum(W.*(diag(F*F')*ones(n)' + ones(n)*diag(F*F')' - 2*F*F'))/2"), 4),
    "katz": ("A: n n; b: n; c: n; a: scalar", "A", ("c'*inv(eye(n) - a*A)*b",), 8),
    "effres": ("L: n n positive_definite; b: n", "L", ("b'*inv(L)*b", "tr(inv(L)*b*b')"), "-inv(L)*b*b'*inv(L)"),
    "det_tr": ("A: n n positive_definite", "A", ("logdet(A)/n - log(tr(A)/n)", "log(det(A))/n - log(tr(A)) + log(n)"), 5),
    "cond": ("A: n n invertible; B: n n", "A", ("tr(B*inv(A)*B')",), 6),
    "commut": ("A: n n symmetric; X: n n symmetric", "X", ("norm(A*X - X*A)^2/2",), 7),
    "polar": ("X: n m; Y: n m", "X", ("norm(X)^2 - 2*tr(Y'*X) + norm(Y)^2", "norm(X - Y)^2"), "2*(X - Y)"),
    "outer_fit": ("u: n; v: m; A: n m", "u", ("norm(A - u*v')^2", "sum((u*v' - A).^2)"), "2*(u*v' - A)*v"),
    "sym_fit": ("u: n; A: n n symmetric", "u", ("norm(A - u*u')^2", "sum((u*u' - A).^2)"), "4*(u*u' - A)*u"),
    "diag_fit": ("d: n; A: n n; U: n n", "d", ("norm(A - U*diag(d)*U')^2",), 8),
    "hadpow": ("X: n m; A: n m", "X", ("sum(A.*X.^3)", "tr(A'*(X.*X.*X))"), "3*A.*X.^2"),
    "expquad_A": ("A: n n symmetric; x: n", "A", ("exp(-x'*A*x/2)",), "-exp(-x'*A*x/2)*x*x'/2"),
    "lse_quad": ("A: n n symmetric; x: n; c: scalar", "x", ("log(1 + exp(x'*A*x - c))", "softplus(x'*A*x - c)"), 6),
    "norm_ratio": ("x: n; y: n", "x", ("norm(x - y)/norm(x + y)",), 13),
    "harm": ("x: n; A: n n symmetric", "x", ("1/(1 + x'*A*x)",), 8),
    "quad4": ("x: n; A: n n symmetric; b: scalar", "x", ("(x'*A*x - b)^2/4",), "(x'*A*x - b)*A*x"),
    "newton_obj": ("x: n; g: n; H: n n symmetric; s: scalar positive", "x", ("g'*x + x'*H*x/2 + s/6*norm(x)^3",), 8),
    "phase": ("A: m n; x: n; y: m", "x", (
        "sum(((A*x).^2 - y).^2)/4", "norm((A*x).^2 - y)^2/4"), "A'*(((A*x).^2 - y).*(A*x))"),
    "sigmoid_pairs": ("s: n", "s", (r"\sum_{i=1}^n\sum_{j=1}^n \operatorname{sigmoid}(s_i - s_j)^2",), 12),
    "tv_huber": ("x: n; d: scalar positive", "x", (r"\sum_{t=1}^{n-1} \sqrt{(x_{t+1} - x_t)^2 + d}",), 9),
    "chain": ("x: n; k: scalar", "x", (r"\frac{k}{2}\sum_{i=1}^{n-1} (x_{i+1} - x_i)^2 + \frac12\sum_{i=1}^n x_i^2",), 8),
    "trans": ("X: T d; A: d d", "A", (r"\frac12\sum_{t=1}^{T-1} \|X_{t+1,:} - A X_{t,:}\|^2",), 4),
    "markov": ("P: k k positive; Z: T k", "P", (
        r"-\sum_{t=2}^{T}\sum_{i=1}^k\sum_{j=1}^k Z_{t-1,i} Z_{t,j}\log P_{ij}",), 3),
    "momentum_avg": ("x: n; a: scalar", "x", (r"\sum_{t=1}^n a^{n-t} x_t",), 3),
    "gauss_nll2_h": ("m: d; x: d; P: d d positive_definite", "m", ("(x - m)'*P*(x - m)/2",), "P"),
    "softplus_A2_h": ("A: m n; x: n; b: m", "x", ("sum(log(1 + exp(A*x + b)))", "sum(softplus(A*x + b))"), 8),
    "huberized2_h": ("X: N d; w: d; y: N", "w", ("sum(sqrt(1 + (X*w - y).^2))",), 8),
    "welsch2_h": ("x: n", "x", ("sum(1 - exp(-x.^2/2))",), 6),
    "cauchy_w2_h": ("X: N d; w: d; y: N", "w", ("sum(log(1 + (X*w - y).^2))",), 12),
    "poly32_h": ("a: n; x: n", "x", ("(1 + a'*x)^3",), 6),
    "sqnormres2_h": ("A: m n; x: n; b: m", "x", ("norm(A*x - b)^2/2",), "A'*A"),
    "norm_affine2_h": ("A: m n; x: n; b: m", "x", ("norm(A*x - b)",), 10),
    "entropy2_h": ("x: n positive", "x", ("-sum(x.*log(x) - x)",), "-diag(1./x)"),
    "logbar_quad2_h": ("x: n; A: n n positive_definite", "x", ("-log(1 - x'*A*x)",), 14),
    "ce_W2_h": ("z: c; q: c sums_to_one positive", "z", (
        "-q'*log(softmax(z))",), "diag(softmax(z)) - softmax(z)*softmax(z)'"),
    "pois_off2_h": ("X: N d; w: d; o: N", "w", ("sum(o.*exp(X*w))",), 5),
    "logdet_diag2_h": ("x: n positive; A: n n symmetric", "x", ("logdet(A + diag(x))",), 5),
    "quadinv2_h": ("x: n positive; b: n", "x", ("b'*inv(diag(x))*b",), 5),
    "logratio2_h": ("x: n positive", "x", ("log(sum(x)) - mean(log(x))",), 7),
    "bilinear_cross2_h": ("x: n; A: n n; B: n n", "x", ("x'*A*x + x'*B'*x",), "A + A' + B + B'"),
    "whitened2_J": ("L: n n invertible; x: n; m: n", "x", ("tanh(inv(L)*(x - m))",), 7),
    "scaled2_J": ("x: n; s: n; b: n", "x", ("s.*x + b",), "diag(s)"),
    "softmax_bias2_J": ("W: m n; x: n; b: m", "x", ("softmax(W*x + b)",), 7),
    "centered_lin2_J": ("W: m n; x: n", "x", ("W*x - mean(W*x)",), 5),
    "unit_quad2_J": ("A: n n positive_definite; x: n", "x", ("x/sqrt(x'*A*x)",), 8),
    "sigmoid_gate2_J": ("x: n; w: n", "x", ("sigmoid(w'*x)*x",), 8),
    "residual22_J": ("W: n n; x: n", "x", ("x + tanh(W*x)",), 6),
    "logsumexp_rows2_J": ("A: m n; x: n", "x", ("logsumexp(A*diag(x), axis=1)",), 4),
    "proj_vec2_J": ("u: n; x: n", "x", ("x - u*(u'*x)/(u'*u)",), "eye(n) - u*u'/(u'*u)"),
    "square2_J": ("A: n n; x: n", "x", ("(A*x).*(A*x)", "(A*x).^2"), "2*diag(A*x)*A"),
    "expm2_J": ("x: n; y: n", "x", ("exp(x)./(exp(x) + exp(y))", "sigmoid(x - y)"), 6),
    "ratio2_J": ("x: n; A: n n", "x", ("A*x/(1 + x'*x)",), 9),
    # two batches more, derived for the first time after their textbook's forms had been counted
    "dense_sig_b": ("W: h d; b: h; x: d; y: h", "b", (
        "norm(sigmoid(W*x + b) - y)^2/2", "sum((y - 1./(1 + exp(-W*x - b))).^2)/2"),
        "(sigmoid(W*x + b) - y).*sigmoid(W*x + b).*(1 - sigmoid(W*x + b))"),
    "gru_update": ("a: n; h: n; u: n; g: n", "a", (
        "g'*((1 - sigmoid(a)).*h + sigmoid(a).*u)", "g'*(h + sigmoid(a).*(u - h))",
        "sum(g.*(u./(1 + exp(-a)) + h./(1 + exp(a))))"),
        "g.*(u - h).*sigmoid(a).*(1 - sigmoid(a))"),
    "highway_x": ("x: n; W: n n; V: n n; g: n", "x", (
        "g'*(sigmoid(W*x).*tanh(V*x) + (1 - sigmoid(W*x)).*x)", "g'*(x + sigmoid(W*x).*(tanh(V*x) - x))"),
        "W'*(g.*(tanh(V*x) - x).*sigmoid(W*x).*(1 - sigmoid(W*x))) + V'*(g.*sigmoid(W*x).*(1 - tanh(V*x).^2))"
        " + g.*(1 - sigmoid(W*x))"),
    "rnn_U": ("U: n n; h: n; W: n d; x: d; g: n", "U", (
        "g'*tanh(U*h + W*x)", "sum(g.*tanh(W*x + U*h))"), "(g.*(1 - tanh(U*h + W*x).^2))*h'"),
    "rnn2_U": ("U: n n; h: n; W: n d; x: d; z: d; g: n", "U", (
        "g'*tanh(U*tanh(U*h + W*x) + W*z)", "sum(g.*tanh(W*z + U*tanh(W*x + U*h)))"),
        "(g.*(1 - tanh(U*tanh(U*h + W*x) + W*z).^2))*tanh(U*h + W*x)'"
        " + ((U'*(g.*(1 - tanh(U*tanh(U*h + W*x) + W*z).^2))).*(1 - tanh(U*h + W*x).^2))*h'"),
    "lstm_out_c": ("o: n; c: n; g: n", "c", (
        "g'*(sigmoid(o).*tanh(c))", "sum(g.*tanh(c)./(1 + exp(-o)))"), "g.*sigmoid(o).*(1 - tanh(c).^2)"),
    "prelu_a": ("x: n; a: scalar; g: n", "a", (
        "g'*(relu(x) - a*relu(-x))", "sum(g.*(max(0, x) + a*min(0, x)))"), "-g'*relu(-x)"),
    "glu_in_W": ("W: h d; V: h d; x: d; g: h", "W", (
        "g'*(sigmoid(W*x).*(V*x))", "sum(g.*(V*x)./(1 + exp(-W*x)))"),
        "(g.*(V*x).*sigmoid(W*x).*(1 - sigmoid(W*x)))*x'"),
    "softsign_x": ("x: n; g: n", "x", ("g'*(x./(1 + abs(x)))", "sum(g.*x./(abs(x) + 1))"), "g./(1 + abs(x)).^2"),
    "add_norm_y": ("x: n; y: n; g: n; e: scalar positive", "y", (
        "g'*((x + y - mean(x + y))/sqrt(var(x + y) + e))", "sum(g.*(y + x - mean(x) - mean(y)))/sqrt(var(x + y) + e)"), 14),
    "drop_X": ("M: n d; X: n d; W: d c; G: n c", "X", (
        "sum(G.*((M.*X)*W))", "tr(G'*(X.*M)*W)"), "M.*(G*W')"),
    "mape_w": (REGRESSION, "w", ("sum(abs(y - X*w)./abs(y))", "sum(abs((X*w - y)./y))"), "X'*(sign(X*w - y)./abs(y))"),
    "msle_w": (REGRESSION, "w", (
        "sum((log(1 + X*w) - log(1 + y)).^2)/2", "norm(log(1 + y) - log(1 + X*w))^2/2"),
        "X'*((log(1 + X*w) - log(1 + y))./(1 + X*w))"),
    "weighted_logistic": (REGRESSION + "c: N", "w", (
        "sum(c.*softplus(-y.*(X*w)))", "-sum(c.*log(sigmoid(y.*(X*w))))", "-c'*log(1./(1 + exp(-y.*(X*w))))"),
        "-X'*(c.*y.*sigmoid(-y.*(X*w)))"),
    "sigmoid_mse_w": (REGRESSION, "w", (
        "sum((sigmoid(X*w) - y).^2)/2", "norm(y - 1./(1 + exp(-X*w)))^2/2"),
        "X'*((sigmoid(X*w) - y).*sigmoid(X*w).*(1 - sigmoid(X*w)))"),
    "svm_primal_w": (REGRESSION + "C: scalar", "w", (
        "w'*w/2 + C*sum(max(0, 1 - y.*(X*w)))", "norm(w)^2/2 + C*sum(relu(1 - diag(y)*X*w))"),
        "w - C*X'*(y.*heaviside(1 - y.*(X*w)))"),
    "kl_bern_q": ("p: n positive; q: n positive", "q", (
        "sum(p.*log(p./q) + (1 - p).*log((1 - p)./(1 - q)))", "-sum(p.*log(q) + (1 - p).*log(1 - q))"),
        "(q - p)./(q.*(1 - q))"),
    "ce_unnorm_p": ("p: c positive; t: c", "p", (
        "-sum(t.*log(p./sum(p)))", "sum(t)*log(sum(p)) - t'*log(p)"), "sum(t)/sum(p) - t./p"),
    "smooth_rows_Z": ("Z: N c; Y: N c one_hot; a: scalar", "Z", (
        "-sum(((1 - a)*Y + a/c).*log_softmax(Z, axis=1))/N",
        "(sum(logsumexp(Z, axis=1)) - (1 - a)*sum(Y.*Z) - a*sum(Z)/c)/N"), "(softmax(Z, axis=1) - (1 - a)*Y - a/c)/N"),
    "gce_z": ("z: c; t: c one_hot; q: scalar positive", "z", (
        "(1 - (t'*softmax(z))^q)/q", "(1 - (t'*exp(z)/sum(exp(z)))^q)/q"), "(t'*softmax(z))^q*(softmax(z) - t)"),
    "sym_ce_z": ("z: c; t: c one_hot; u: c", "z", (
        "-t'*log_softmax(z) - softmax(z)'*u", "logsumexp(z) - t'*z - sum(u.*exp(z))/sum(exp(z))"),
        "softmax(z) - t + softmax(z).*(softmax(z)'*u - u)"),
    "attn_temp_t": ("Q: n d; K: m d; V: m p; G: n p; t: scalar", "t", (
        "sum(G.*(softmax(t*Q*K', axis=1)*V))", "tr(G'*softmax(t*(Q*K'), axis=1)*V)"),
        "sum(softmax(t*Q*K', axis=1).*(G*V' - sum(softmax(t*Q*K', axis=1).*(G*V'), axis=1, keepdims=True)).*(Q*K'))"),
    "attn_mask_V": ("Q: n d; K: m d; V: m p; G: n p; M: n m", "V", (
        "sum(G.*(softmax(Q*K' + M, axis=1)*V))", "tr(V'*softmax(M + Q*K', axis=1)'*G)"), "softmax(Q*K' + M, axis=1)'*G"),
    "attn_one_K": ("q: d; K: m d; v: m", "K", (
        "v'*softmax(K*q/sqrt(d))", "sum(v.*exp(K*q/sqrt(d)))/sum(exp(K*q/sqrt(d)))"),
        "(softmax(K*q/sqrt(d)).*(v - v'*softmax(K*q/sqrt(d))))*q'/sqrt(d)"),
    "lin_attn_V": ("Q: n d; K: m d; V: m p; G: n p", "V", (
        "sum(G.*(diag(1./(Q*K'*ones(m)))*Q*K'*V))", "tr(G'*inv(diag(Q*K'*ones(m)))*Q*(K'*V))"),
        "(diag(1./(Q*K'*ones(m)))*Q*K')'*G"),
    "retention_K": ("Q: n d; K: n d; V: n p; G: n p; D: n n", "K", (
        "sum(G.*(((Q*K').*D)*V))", "tr(G'*(D.*(Q*K'))*V)"), "((G*V').*D)'*Q"),
    "relpos_Q": ("Q: n d; K: m d; R: m d; G: n m", "Q", (
        "sum(G.*softmax(Q*K' + Q*R', axis=1))", "tr(G'*softmax(Q*(K + R)', axis=1))"),
        "(softmax(Q*(K+R)', axis=1).*(G - sum(G.*softmax(Q*(K+R)', axis=1), axis=1, keepdims=True)))*(K + R)"),
    "ln_rows_X": ("X: N d; G: N d; e: scalar positive", "X", (
        "sum(G.*((X - sum(X, axis=1, keepdims=True)/d)./sqrt(sum((X - mean(X, axis=1, keepdims=True)).^2, axis=1,"
        " keepdims=True)/d + e)))",
        "sum(G.*(X - mean(X, axis=1, keepdims=True))./sqrt(var(X, axis=1, keepdims=True) + e))"), 13),
    "unit_sim_Y": ("X: n d; Y: m d; S: n m", "Y", (
        "sum(S.*((X./norm(X, axis=1, keepdims=True))*Y'))", "tr(S'*diag(1./norm(X, axis=1))*X*Y')"),
        "S'*(X./norm(X, axis=1, keepdims=True))"),
    "weight_std_W": ("W: m n; G: m n", "W", (
        "sum(G.*((W - mean(W))/std(W)))", "sum(G.*(W - mean(W)))/sqrt(mean((W - mean(W)).^2))"), 12),
    "bn_gain_g": ("X: N d; g: d; G: N d", "g", (
        "sum(G.*(g.*(X - mean(X, axis=0))./std(X, axis=0)))",
        "sum(G.*(((X - mean(X, axis=0))./sqrt(var(X, axis=0)))*diag(g)))"),
        "sum(G.*(X - mean(X, axis=0))./std(X, axis=0), axis=0)"),
    "cv_x": ("x: n", "x", ("std(x)/mean(x)", "n*sqrt(var(x))/sum(x)"), 10),
    "centred_unit_x": ("x: n; g: n", "x", (
        "g'*(x - mean(x))/norm(x - mean(x))", "sum(g.*(x - sum(x)/n))/sqrt(sum((x - mean(x)).^2))"), 11),
    "rbf_center_y": ("X: n d; y: d; s: scalar positive", "y", (
        "mean(exp(-sum((X - y).^2, axis=1)/(2*s^2)))", r"\frac1n\sum_{i=1}^n e^{-\frac{\|X_{i,:} - y\|^2}{2s^2}}"),
        "(X - y)'*exp(-sum((X - y).^2, axis=1)/(2*s^2))/(n*s^2)"),
    "kde_log_x": ("x: d; Y: n d; h: scalar positive", "x", (
        "log(mean(exp(-sum((Y - x).^2, axis=1)/(2*h^2))))", "logsumexp(-sum((x - Y).^2, axis=1)/(2*h^2)) - log(n)",
        r"\log\left(\frac1n\sum_{i=1}^n e^{-\frac{\|x - Y_{i,:}\|^2}{2h^2}}\right)"),
        "(Y'*softmax(-sum((Y - x).^2, axis=1)/(2*h^2)) - x)/h^2"),
    "kernel_mean_w": ("w: n; K: n n symmetric; k: n", "w", (
        "w'*K*w - 2*w'*k", r"w^\top K w - 2\sum_{i=1}^n w_i k_i"), "2*(K*w - k)"),
    "rbf_length_s": ("D: n n; y: n; s: scalar positive", "s", (
        "y'*exp(-D/(2*s^2))*y", "sum((y*y').*exp(-D/(2*s^2)))"), "y'*(D.*exp(-D/(2*s^2)))*y/s^3"),
    "lin_kernel_W": ("W: m d; x: d; y: d", "W", (
        "(W*x)'*(W*y)", "x'*W'*W*y", "tr(W*y*x'*W')"), "W*(x*y' + y*x')"),
    "iso_gauss_s": ("X: N d; m: d; s: scalar positive", "s", (
        "N*d*log(s) + sum((X - m).^2)/(2*s^2)", r"Nd\log s + \frac{1}{2s^2}\sum_{i=1}^N \|X_{i,:} - m\|^2"),
        "(N*d - sum((X - m).^2)/s^2)/s"),
    "diag_gauss_v": ("x: n; m: n; v: n positive", "v", (
        "sum(log(v) + (x - m).^2./v)/2", "(sum(log(v)) + (x - m)'*inv(diag(v))*(x - m))/2",
        r"\frac12\sum_{i=1}^n\left(\log v_i + \frac{(x_i - m_i)^2}{v_i}\right)"), "(1 - (x - m).^2./v)./(2*v)"),
    "gauss_chol_L": ("L: n n invertible; x: n", "L", (
        "log(abs(det(L))) + norm(inv(L)*x)^2/2", "logdet(L*L')/2 + x'*inv(L*L')*x/2"),
        "inv(L)' - inv(L)'*inv(L)*x*(inv(L)*x)'"),
    "gp_amp_a": ("K: n n positive_definite; y: n; a: scalar positive; s: scalar positive", "a", (
        "y'*inv(a*K + s*eye(n))*y + logdet(a*K + s*eye(n))",
        r"y^\top(aK + sI)^{-1}y + \log\det(sI + aK)"),
        "tr(inv(a*K + s*eye(n))*K) - y'*inv(a*K + s*eye(n))*K*inv(a*K + s*eye(n))*y"),
    "blr_post_w": (REGRESSION + "a: scalar; b: scalar", "w", (
        "a/2*norm(w)^2 + b/2*norm(X*w - y)^2", r"\frac{a}{2}w^\top w + \frac{b}{2}\sum_{i=1}^N (y_i - X_{i,:}w)^2"),
        "a*w + b*X'*(X*w - y)"),
    "mvn_rows_X": ("X: N d; m: d; P: d d positive_definite", "X", (
        "tr((X - ones(N)*m')*P*(X - ones(N)*m')')/2", r"\frac12\sum_{i=1}^N (X_{i,:} - m)^\top P(X_{i,:} - m)",
        "sum(((X - m)*P).*(X - m))/2"), "(X - m)*P"),
    "wishart_X": ("X: p p positive_definite; V: p p positive_definite; v: scalar", "X", (
        "(v - p - 1)/2*logdet(X) - tr(inv(V)*X)/2", r"\frac{v - p - 1}{2}\log\det X - \frac12\operatorname{tr}(XV^{-1})"),
        "((v - p - 1)*inv(X) - inv(V))/2"),
    "inv_wishart_X": ("X: p p positive_definite; V: p p positive_definite; v: scalar", "X", (
        "-(v + p + 1)/2*logdet(X) - tr(V*inv(X))/2", r"-\frac{v+p+1}{2}\log\det X - \frac12\operatorname{tr}(X^{-1}V)"),
        "(inv(X)*V*inv(X) - (v + p + 1)*inv(X))/2"),
    "matrix_normal_X": ("X: n p; M: n p; U: n n positive_definite; V: p p positive_definite", "X", (
        "tr(inv(V)*(X - M)'*inv(U)*(X - M))/2", "sum((inv(U)*(X - M)*inv(V)).*(X - M))/2",
        "vec(X - M)'*inv(kron(V, U))*vec(X - M)/2"), "inv(U)*(X - M)*inv(V)"),
    "lognormal_x": ("x: n positive; m: scalar; s: scalar positive", "x", (
        "sum(log(x) + (log(x) - m).^2/(2*s^2))", "sum(log(x)) + norm((log(x) - m)/s)^2/2"), "(1 + (log(x) - m)/s^2)./x"),
    "tr_inv_ridge_X": ("X: n m; A: m m positive_definite", "X", (
        "tr(inv(A + X'*X))", r"\operatorname{tr}((X^\top X + A)^{-1})"), "-2*X*inv(A + X'*X)*inv(A + X'*X)"),
    "tr_conj_X": ("X: n n invertible; A: n n; B: n n", "X", (
        "tr(inv(X)*A*X*B)", "tr(X*B*inv(X)*A)"), "(B*inv(X)*A - inv(X)*A*X*B*inv(X))'"),
    "logdet_symm_X": ("X: n n", "X", ("logdet(X + X')", "log(det(X' + X))"), "2*inv(X + X')"),
    "had_pair_X": ("X: n m; A: n m; B: n m", "X", (
        "tr((A.*X)'*(B.*X))", "sum(A.*B.*X.^2)", "sum((X.*A).*(X.*B))"), "2*A.*B.*X"),
    "det_rank1_u": ("u: n; v: n", "u", ("det(eye(n) + u*v')", "1 + v'*u"), "v"),
    "logdet_rank1_u": ("A: n n positive_definite; u: n", "u", (
        "logdet(A + u*u')", r"\log\det(A + uu^\top)"), "2*inv(A + u*u')*u"),
    "inv_rank1_x": ("A: n n positive_definite; u: n; x: n", "x", (
        "x'*inv(A + u*u')*x", "tr(inv(A + u*u')*x*x')"), "2*inv(A + u*u')*x"),
    "lda_trace_X": ("X: n m; A: n n symmetric; B: n n positive_definite", "X", (
        "tr(inv(X'*B*X)*X'*A*X)", "tr(X'*A*X*inv(X'*B*X))"),
        "2*(A*X - B*X*inv(X'*B*X)*X'*A*X)*inv(X'*B*X)"),
    "fro_inv_fit_X": ("A: n n; X: n n", "X", ("norm(A*X - eye(n))^2", "sum((eye(n) - A*X).^2)"), "2*A'*(A*X - eye(n))"),
    "norm4_X": ("X: n m", "X", ("tr(X'*X)^2", "norm(X)^4", "sum(sum(X.^2))^2"), "4*norm(X)^2*X"),
    "nuclear_smooth_X": ("X: n m; e: scalar positive", "X", (
        "tr(sqrtm(X'*X + e*eye(m)))",), "X*inv(sqrtm(X'*X + e*eye(m)))"),
    "kron_vec_x": ("x: n; y: m; g: n*m", "x", ("g'*kron(x, y)", "kron(x, y)'*g"), 2),
    "vec_quad_X": ("X: n m; A: n n symmetric", "X", (
        "vec(X)'*kron(eye(m), A)*vec(X)", "tr(X'*A*X)"), "2*A*X"),
    "kron_logdet_B": ("A: m m positive_definite; B: n n positive_definite", "B", (
        "logdet(kron(A, B))", "n*logdet(A) + m*logdet(B)"), "m*inv(B)"),
    "kron_inv_quad_X": ("X: n m; A: m m positive_definite; B: n n positive_definite", "X", (
        "vec(X)'*inv(kron(A, B))*vec(X)", "tr(inv(A)*X'*inv(B)*X)"), "2*inv(B)*X*inv(A)"),
    "walk_lap_x": ("x: n; W: n n; d: n positive", "x", (
        "x'*(eye(n) - inv(diag(d))*W)*x", "x'*x - (x./d)'*W*x"), "2*x - (W*x)./d - W'*(x./d)"),
    "signed_lap_x": ("x: n; W: n n symmetric", "x", (
        r"\frac12\sum_{i=1}^n\sum_{j=1}^n W_{ij}(x_i + x_j)^2", "x'*(diag(W*ones(n)) + W)*x"),
        "2*(diag(W*ones(n)) + W)*x"),
    "soft_cut_p": ("p: n; W: n n symmetric", "p", (
        "p'*W*(1 - p)", r"\sum_{i=1}^n\sum_{j=1}^n W_{ij}p_i(1 - p_j)"), "W*(1 - 2*p)"),
    "message_A": ("A: n n; X: n d; G: n d", "A", (
        "sum(G.*(A*X - diag(A*ones(n))*X))", r"\sum_{i=1}^n\sum_{j=1}^n A_{ij}G_{i,:}^\top(X_{j,:} - X_{i,:})"),
        "G*X' - sum(G.*X, axis=1)*ones(n)'"),
    "rev_cumsum_x": ("x: n; y: n", "x", (
        "norm(flip(cumsum(flip(x))) - y)^2/2", "sum((y - flip(cumsum(flip(x)))).^2)/2"),
        "cumsum(flip(cumsum(flip(x))) - y)"),
    "cumsum_cols_X": ("X: n d; Y: n d", "X", ("norm(cumsum(X, axis=0) - Y)^2/2", "sum((Y - cumsum(X, axis=0)).^2)/2"), 5),
    "avg_pool_x": ("x: 2*n; y: n", "x", ("norm(avg_pool1d(x, 2) - y)^2",), 4),
    "conv_full_w": ("x: n; w: k; g: n+k-1", "w", ('g\'*conv1d(x, w, mode="full")',), 1),
    "conv_chain_u": ("x: n; u: k; w: p; g: n-k-p+2", "u", ("g'*conv1d(conv1d(x, u), w)",), 2),
    "twice_cumsum_x": ("x: n; g: n", "x", ("g'*cumsum(cumsum(x))",), "flip(cumsum(cumsum(flip(g))))"),
    "circ_lap_x": ("x: n", "x", ("norm(roll(x, 1) + roll(x, -1) - 2*x)^2",), 11),
    "pair_logistic_w": ("w: d; A: N d; B: N d", "w", (
        "sum(log(1 + exp(-(A - B)*w)))", "-sum(log(sigmoid(A*w - B*w)))", "sum(softplus(B*w - A*w))"),
        "(B - A)'*sigmoid((B - A)*w)"),
    "infonce_neg_q": ("q: d; p: d; M: k d; T: scalar positive", "q", (
        "-log(exp(q'*p/T)/(exp(q'*p/T) + sum(exp(M*q/T))))", "log(1 + sum(exp(M*q/T))/exp(q'*p/T))"), 15),
    "lmnn_L": ("L: k d; X: N d; Y: N d", "L", (
        "norm((X - Y)*L')^2", r"\sum_{i=1}^N \|L(X_{i,:} - Y_{i,:})\|^2"), "2*L*(X - Y)'*(X - Y)"),
    "npair_a": ("a: d; P: k d; p: d", "a", ("log(1 + sum(exp(P*a - a'*p)))", "log(1 + sum(exp((P - p)*a)))"), 10),
    "listwise_s": ("s: n; y: n", "s", (
        "-sum(softmax(y).*log_softmax(s))", "softmax(y)'*(logsumexp(s) - s)", "logsumexp(s) - softmax(y)'*s"),
        "softmax(s) - softmax(y)"),
    "ranknet_scaled_s": ("s: n; P: n n; g: scalar", "s", (
        r"\sum_{i=1}^n\sum_{j=1}^n P_{ij}\log(1 + e^{-g(s_i - s_j)})", "sum(P.*softplus(g*(ones(n)*s' - s*ones(n)')))"), 8),
    "soft_rank_s": ("s: n; g: n; T: scalar positive; sigma: sigmoid", "s", (
        r"\sum_{i=1}^n\sum_{j=1}^n g_i\sigma((s_j - s_i)/T)", "g'*sigmoid((ones(n)*s' - s*ones(n)')/T)*ones(n)"), 10),
    "all_margins_p": ("p: n; q: m; a: scalar", "p", (
        r"\sum_{i=1}^n\sum_{j=1}^m \max(0, a - p_i + q_j)", "sum(relu(a - p*ones(m)' + ones(n)*q'))"), 5),
    "cos_margin_x": ("x: d; y: d; a: scalar", "x", (
        "max(0, x'*y/(norm(x)*norm(y)) - a)", "relu(sum(x.*y)/sqrt((x'*x)*(y'*y)) - a)"), 12),
    "wals_V": ("U: n k; V: m k; R: n m; C: n m; a: scalar", "V", (
        "sum(C.*(R - U*V').^2) + a*norm(V)^2", "tr((C.*(U*V' - R))'*(U*V' - R)) + a*tr(V'*V)"),
        "2*((C.*(U*V' - R))'*U + a*V)"),
    "bias_model_a": ("R: n m; a: scalar; b: n; c: m", "a", (
        "sum((R - a - b*ones(m)' - ones(n)*c').^2)", r"\sum_{i=1}^n\sum_{j=1}^m (R_{ij} - a - b_i - c_j)^2"),
        "2*(n*m*a + m*sum(b) + n*sum(c) - sum(R))"),
    "projective_nmf_W": ("W: n k; X: n m", "W", ("norm(X - W*W'*X)^2/2", "sum((W*W'*X - X).^2)/2"), 8),
    "is_nmf_H": ("X: n m positive; W: n k positive; H: k m positive", "H", (
        "sum(X./(W*H) + log(W*H))", "sum(X./(W*H)) + sum(log(W*H))"), "W'*((W*H - X)./(W*H).^2)"),
    "svd_scale_s": ("Y: n m; U: n k; V: m k; s: k", "s", (
        "norm(Y - U*diag(s)*V')^2/2", "sum((U*diag(s)*V' - Y).^2)/2"), "diag(U'*(U*diag(s)*V' - Y)*V)"),
    "tri_factor_S": ("X: n m; F: n k; S: k p; G: m p", "S", (
        "norm(X - F*S*G')^2/2", "tr((F*S*G' - X)'*(F*S*G' - X))/2"), "F'*(F*S*G' - X)*G"),
    "ridge_logit_h": (REGRESSION + "a: scalar", "w", (
        "sum(log(1 + exp(-y.*(X*w)))) + a/2*norm(w)^2",
        "a*w'*w/2 - sum(log(sigmoid(y.*(X*w))))"),
        "X'*diag(y.^2.*sigmoid(y.*(X*w)).*(1 - sigmoid(y.*(X*w))))*X + a*eye(d)"),
    "lse_shift_h": ("A: m n; x: n; b: m", "x", ("logsumexp(A*x + b)", "log(sum(exp(A*x + b)))"),
        "A'*(diag(softmax(A*x + b)) - softmax(A*x + b)*softmax(A*x + b)')*A"),
    "gauss_aniso_h": ("x: n; m: n; P: n n positive_definite", "x", (
        "exp(-(x - m)'*P*(x - m)/2)", r"e^{-\frac12(m - x)^\top P(m - x)}"),
        "exp(-(x - m)'*P*(x - m)/2)*(P*(x - m)*(x - m)'*P - P)"),
    "log1p_quad_h": ("x: n; A: n n positive_definite; v: scalar positive", "x", (
        "log(1 + x'*A*x/v)", "log(v + x'*A*x) - log(v)"), "2*(A - 2*A*x*x'*A/(v + x'*A*x))/(v + x'*A*x)"),
    "logcosh_affine_h": ("A: m n; x: n; b: m", "x", (
        "sum(log(cosh(A*x - b)))", r"\sum_{i=1}^m \log\cosh(b_i - A_{i,:}x)"), "A'*diag(1 - tanh(A*x - b).^2)*A"),
    "exp_lin_prod_h": ("a: n; b: n; x: n", "x", ("exp(a'*x)*(b'*x)",), "exp(a'*x)*((b'*x)*a*a' + a*b' + b*a')"),
    "softplus_quad_h": ("A: n n symmetric; x: n", "x", ("softplus(x'*A*x/2)", "log(1 + exp(x'*A*x/2))"),
        "sigmoid(x'*A*x/2)*(A + (1 - sigmoid(x'*A*x/2))*A*x*x'*A)"),
    "rel_entropy_h": ("x: n positive; q: n positive", "x", ("sum(x.*log(x./q))", "x'*(log(x) - log(q))"), "diag(1./x)"),
    "tanh_centred_J": ("x: n", "x", ("tanh(x - mean(x))", "tanh(x - ones(n)*ones(n)'*x/n)"), 8),
    "softmax_mask_J": ("z: n; m: n", "z", ("softmax(m.*z)", "exp(m.*z)/sum(exp(m.*z))"),
        "(diag(softmax(m.*z)) - softmax(m.*z)*softmax(m.*z)')*diag(m)"),
    "unit_lin_J": ("W: m n; x: n", "x", ("W*x/norm(x)", "W*x/sqrt(x'*x)"), "W*(eye(n) - x*x'/norm(x)^2)/norm(x)"),
    "gauss_lin_J": ("A: m n; x: n", "x", ("exp(-norm(x)^2)*A*x", "A*x*exp(-x'*x)"), "exp(-norm(x)^2)*(A - 2*A*x*x')"),
    "inversion_J": ("x: n", "x", ("x/sum(x.^2)", "x/norm(x)^2", "x/(x'*x)"), "(eye(n) - 2*x*x'/norm(x)^2)/norm(x)^2"),
    "relu_gate_J": ("W: n n; x: n", "x", ("relu(W*x).*x", "max(0, W*x).*x"), "diag(relu(W*x)) + diag(x.*heaviside(W*x))*W"),
    "log_affine_J": ("A: m n; x: n; b: m", "x", ("log(A*x + b)",), "diag(1./(A*x + b))*A"),
    "sum_log_3": ("x: n positive", "x", ("sum(log(x))", r"\sum_{i=1}^n \log x_i"), 4),
    "lin_cube_3": ("A: m n; x: n", "x", ("sum((A*x).^3)",), 4),
    "bilinear_gate_V": ("U: h d; V: h d; x: d; g: h", "V", (
        "g'*((U*x).*tanh(V*x))", "sum(g.*(U*x).*tanh(V*x))"), "(g.*(U*x).*(1 - tanh(V*x).^2))*x'"),
    "two_heads_x": ("A: m n; B: m n; x: n; y: m; u: m", "x", (
        "norm(A*x - y)^2/2 + norm(B*x - u)^2/2", "(sum((y - A*x).^2) + sum((u - B*x).^2))/2"),
        "A'*(A*x - y) + B'*(B*x - u)"),
    "residual_mlp_V": ("W: h d; V: d h; x: d; y: d", "V", (
        "norm(x + V*relu(W*x) - y)^2/2", "sum((y - x - V*max(0, W*x)).^2)/2"), "(x + V*relu(W*x) - y)*relu(W*x)'"),
    "gru_reset_r": ("r: n; U: n n; h: n; a: n; g: n", "r", (
        "g'*tanh(a + U*(sigmoid(r).*h))", "sum(g.*tanh(U*(h./(1 + exp(-r))) + a))"), 13),
    "leaky_x": ("x: n; a: scalar; g: n", "x", (
        "g'*(a*x + (1 - a)*relu(x))", "sum(g.*(a*x + (1-a)*max(0, x)))"), "g.*(a + (1 - a)*heaviside(x))"),
    "tied_scale_s": ("X: N d; s: d; W: d c; Y: N c", "s", (
        "norm(X*diag(s)*W - Y)^2/2", "sum(((X.*s)*W - Y).^2)/2"), 9),
    "lora_scale_a": ("W: m n; A: r n; B: m r; x: n; y: m; a: scalar", "a", (
        "norm(W*x + a*B*A*x - y)^2/2", "sum((y - (W + a*B*A)*x).^2)/2"), "(W*x + a*B*A*x - y)'*B*A*x"),
    "ce_rows_bias": ("H: N d; W: d c; b: c; Y: N c one_hot", "H", (
        "-sum(Y.*log_softmax(H*W + b, axis=1))", "sum(logsumexp(H*W + b, axis=1)) - sum(Y.*(H*W + b))"),
        "(softmax(H*W + b, axis=1) - Y)*W'"),
    "l2_margin_W": ("W: c d; x: d; t: c one_hot; s: c one_hot", "W", (
        "max(0, 1 - t'*W*x + s'*W*x)", "relu(1 + (s - t)'*W*x)"), "heaviside(1 - (t - s)'*W*x)*(s - t)*x'"),
    "quantile_pinball": (REGRESSION + "t: scalar", "w", (
        "sum(t*relu(y - X*w) + (1 - t)*relu(X*w - y))", "sum(t*max(0, y - X*w) + (1-t)*max(0, X*w - y))"),
        "X'*((1 - t)*heaviside(X*w - y) - t*heaviside(y - X*w))"),
    "poisson_rate_b": ("X: N d; w: d; b: scalar; y: N", "b", (
        "sum(exp(X*w + b) - y.*(X*w + b))", r"\sum_{i=1}^N \left(e^{X_{i,:}w + b} - y_i(X_{i,:}w + b)\right)"),
        "sum(exp(X*w + b) - y)"),
    "binom_p": ("k: n; m: n; p: n positive", "p", (
        "-sum(k.*log(p) + (m - k).*log(1 - p))", "-k'*log(p) - (m - k)'*log(1 - p)"), "(m - k)./(1 - p) - k./p"),
    "hinge_l2_sq": (REGRESSION + "a: scalar", "w", (
        "sum(relu(1 - y.*(X*w)).^2)/2 + a/2*norm(w)^2", "norm(max(0, 1 - y.*(X*w)))^2/2 + a*sum(w.^2)/2"),
        "a*w - X'*(y.*relu(1 - y.*(X*w)))"),
    "entropy_logits": ("z: c; t: c; a: scalar", "z", (
        "t'*z - a*sum(softmax(z).*log_softmax(z))", "t'*z + a*(logsumexp(z) - softmax(z)'*z)"), 10),
    "soft_f1_p": ("p: n; t: n", "p", ("1 - 2*p'*t/(sum(p) + sum(t))", "1 - 2*sum(p.*t)/sum(p + t)"), 9),
    "mmd_linear_w": ("w: d; X: n d; Y: m d", "w", (
        "mean(X*w) - mean(Y*w)", r"\frac1n\sum_{i=1}^n X_{i,:}w - \frac1m\sum_{j=1}^m Y_{j,:}w"),
        "mean(X, axis=0) - mean(Y, axis=0)"),
    "energy_logit_x": ("W: k d; b: k; x: d; T: scalar positive", "x", (
        "-T*logsumexp((W*x + b)/T)", "-T*log(sum(exp((W*x + b)/T)))"), "-W'*softmax((W*x + b)/T)"),
    "attn_value_proj": ("X: n d; A: n n; W: d k; y: k; g: n", "W", (
        "g'*A*X*W*y", "sum((A*X*W*y).*g)"), "X'*A'*g*y'"),
    "attn_softcap": ("q: d; K: m d; v: m; c: scalar positive", "q", (
        "v'*softmax(c*tanh(K*q/c))", "sum(v.*exp(c*tanh(K*q/c)))/sum(exp(c*tanh(K*q/c)))"), 14),
    "two_query_sum": ("q: d; p: d; K: m d; v: m", "q", (
        "v'*softmax(K*q + K*p)", "v'*softmax(K*(q + p))"), 8),
    "gate_attn_g": ("g: n; A: n m; V: m p; G: n p", "g", (
        "sum(G.*(diag(sigmoid(g))*A*V))", "sum(G.*(A*V).*(sigmoid(g)*ones(p)'))"),
        "sum(G.*(A*V), axis=1).*sigmoid(g).*(1 - sigmoid(g))"),
    "kv_decay_V": ("Q: n d; K: n d; V: n p; G: n p; D: n n", "Q", (
        "sum(G.*(((Q*K').*D)*V))", "tr(V'*((Q*K').*D)'*G)"), "((G*V').*D)*K"),
    "group_mean": ("X: n d; P: k n; Y: k d", "X", (
        "norm(diag(1./sum(P, axis=1))*P*X - Y)^2/2", "sum(((P*X)./sum(P, axis=1, keepdims=True) - Y).^2)/2"), 8),
    "rms_w_x": ("x: n; w: n; g: n; e: scalar positive", "x", (
        "g'*(w.*x)/sqrt(mean(x.^2) + e)", "sum(g.*w.*x)/sqrt(norm(x)^2/n + e)"), 12),
    "unit_sphere_pair": ("x: d; y: d", "x", (
        "norm(x/norm(x) - y)^2", "sum((x/norm(x) - y).^2)"), 14),
    "pnorm_unit": ("x: n positive; g: n", "x", ("g'*log(x/sum(x))", "sum(g.*log(x)) - sum(g)*log(sum(x))"),
        "g./x - sum(g)/sum(x)"),
    "cov_trace": ("X: N d; A: d d symmetric", "A", (
        "tr(A*X'*X)/N", r"\frac1N\sum_{i=1}^N X_{i,:}^\top A X_{i,:}"), "X'*X/N"),
    "rbf_two": ("x: d; y: d; z: d; s: scalar positive", "x", (
        "exp(-norm(x - y)^2/s) - exp(-norm(x - z)^2/s)",), 16),
    "kernel_ridge_y": ("K: n n positive_definite; y: n; a: scalar positive", "y", (
        "y'*inv(K + a*eye(n))*y", r"y^\top (aI + K)^{-1} y"), "2*inv(K + a*eye(n))*y"),
    "kl_prior_m": ("m: d; u: d; s: d positive", "m", (
        "sum((m - u).^2./s)/2", "(m - u)'*inv(diag(s))*(m - u)/2", r"\frac12\sum_{i=1}^d \frac{(u_i - m_i)^2}{s_i}"),
        "(m - u)./s"),
    "mvn_entropy_S": ("S: d d positive_definite; A: d d symmetric", "S", (
        "tr(A*S) - logdet(S)/2", "sum(A.*S) - log(det(S))/2"), "A - inv(S)/2"),
    "linear_gauss_A": ("A: m n; x: n; y: m; R: m m positive_definite", "A", (
        "(y - A*x)'*inv(R)*(y - A*x)", "tr(inv(R)*(A*x - y)*(A*x - y)')"), "2*inv(R)*(A*x - y)*x'"),
    "innovations_P": ("H: m n; P: n n positive_definite; R: m m positive_definite", "P", (
        "logdet(R + H*P*H')", r"\log\det(HPH^\top + R)"), "H'*inv(H*P*H' + R)*H"),
    "sum_inv_X": ("X: n n invertible; a: n", "X", ("a'*inv(X)*a", "tr(inv(X)*a*a')"), "-inv(X)'*a*a'*inv(X)'"),
    "logdet_weighted_X": ("X: n m; W: n n positive_definite", "X", ("logdet(X'*W*X)",), "2*W*X*inv(X'*W*X)"),
    "tr_sq_diff": ("A: n n; B: n n", "A", ("norm(A*A' - B)^2/2", "sum((A*A' - B).^2)/2"), 6),
    "tr_skew": ("A: n n", "A", ("norm(A - A')^2/2", "sum((A' - A).^2)/2"), "2*(A - A')"),
    "tr_sym": ("A: n n", "A", ("norm(A + A')^2/4", "tr((A + A')*(A + A'))/4"), "A + A'"),
    "kron_right_B": ("A: m m; B: n n; x: n*m", "B", ("norm(kron(A, B)*x)^2",), 8),
    "kron_eye_A": ("A: n n symmetric; X: n m", "X", ("vec(X)'*kron(eye(m), A*A)*vec(X)", "norm(A*X)^2"), "2*A*A*X"),
    "outer_vec_x": ("x: n; y: m; A: n m", "x", ("vec(A)'*kron(y, x)", "x'*A*y"), "A*y"),
    "graph_cheb": ("L: n n symmetric; x: n; y: n; a: scalar", "x", (
        "norm(x - a*L*x - y)^2/2", "norm((eye(n) - a*L)*x - y)^2/2"), 9),
    "degree_pen": ("A: n n; d: n", "A", ("norm(A*ones(n) - d)^2", "sum((sum(A, axis=1) - d).^2)"),
        "2*(A*ones(n) - d)*ones(n)'"),
    "modular_soft": ("S: n k; B: n n symmetric", "S", ("tr(S'*B*S)/norm(S)^2", "sum(S.*(B*S))/tr(S'*S)"), 9),
    "cumsum_mean": ("x: n; y: n", "x", ("mean((cumsum(x) - y).^2)", "norm(cumsum(x) - y)^2/n"), 6),
    "second_diff_reg": ("x: n; y: n; a: scalar", "x", (
        r"\frac12\sum_{i=1}^n (x_i - y_i)^2 + \frac a2\sum_{i=1}^{n-1}(x_{i+1} - x_i)^2",), 9),
    "conv_bias": ("x: n; w: k; b: scalar; g: n-k+1", "b", ("g'*(conv1d(x, w) + b)",), 1),
    "max_pool_x": ("x: 2*n; g: n", "x", ("g'*max_pool1d(x, 2)",), 2),
    "triplet_margin_sq": ("a: d; p: d; q: d; m: scalar", "a", (
        "max(0, norm(a - p)^2 - norm(a - q)^2 + m)", "relu(m + (a - p)'*(a - p) - (a - q)'*(a - q))"), 9),
    "lifted_pairs": ("a: d; N: k d; m: scalar", "a", (
        "logsumexp(m - N*a)", "log(sum(exp(m - N*a)))"), "-N'*softmax(m - N*a)"),
    "margin_mse": ("s: n; t: n; a: n; b: n", "s", ("norm((s - t) - (a - b))^2/n", "mean((s - t - a + b).^2)"), 6),
    "rank_exp": ("s: n; t: m", "s", (
        r"\sum_{i=1}^n\sum_{j=1}^m e^{t_j - s_i}", "sum(exp(t))*sum(exp(-s))"), "-sum(exp(t))*exp(-s)"),
    "mahal_pair_L": ("L: k d; x: d; y: d; b: scalar", "L", (
        "softplus(norm(L*(x - y))^2 - b)", "log(1 + exp((x-y)'*L'*L*(x-y) - b))"), 11),
    "pmf_V": ("U: n k; V: m k; R: n m; a: scalar", "V", (
        "norm(R - U*V')^2/2 + a/2*norm(V)^2", "tr((R - U*V')'*(R - U*V'))/2 + a*tr(V'*V)/2"), "(V*U' - R')*U + a*V"),
    "svdpp_u": ("u: k; V: m k; r: m; b: m; a: scalar", "u", (
        "norm(r - b - V*u)^2 + a*norm(u)^2", "sum((V*u + b - r).^2) + a*u'*u"), "2*(V'*(V*u + b - r) + a*u)"),
    "quad_logdet_h": ("x: n; A: n n positive_definite", "x", ("log(1 + x'*A*x)/2",), 10),
    "softplus_sum_h": ("X: N d; w: d", "w", ("softplus(sum(X*w))", "log(1 + exp(ones(N)'*X*w))"), 9),
    "exp_norm_h": ("x: n; a: scalar", "x", ("exp(a*x'*x)", "exp(a*norm(x)^2)"), 11),
    "affine_sq_h": ("A: m n; x: n; b: m", "x", ("norm(A*x - b)^4/4",), 10),
    "sin_affine_J": ("A: m n; x: n; b: m", "x", ("sin(A*x + b)",), "diag(cos(A*x + b))*A"),
    "weighted_mean_J": ("x: n; w: n", "x", ("x - w'*x/sum(w)", "x - (w'*x)/(ones(n)'*w)"), 4),
    "proj_unit_J": ("x: n; u: n", "x", ("x - (u'*x)*u/(u'*u)", "x - u*u'*x/norm(u)^2"), "eye(n) - u*u'/(u'*u)"),
    "silu_J": ("W: m n; x: n", "x", ("(W*x).*sigmoid(W*x)", "silu(W*x)"), 11),
    # one function written in many ways
    "logcosh_reg": ("X: N d; w: d; y: N; ", "w", (
        "sum(log((exp(X*w - y) + exp(y - X*w))/2))", "sum(log(cosh(y - X*w)))", r"\sum_{i=1}^N \log\cosh(X_{i,:}w - y_i)",
        "sum(softplus(2*(X*w - y)) - (X*w - y) - log(2))"), "X'*tanh(X*w - y)"),
    "geman_many": ("X: N d; w: d; y: N; c: scalar positive", "w", (
        "sum((X*w - y).^2./(c^2 + (X*w - y).^2))", "sum(1 - c^2./(c^2 + (y - X*w).^2))",
        r"\sum_{i=1}^N \frac{(y_i - X_{i,:}w)^2}{c^2 + (y_i - X_{i,:}w)^2}"),
        "2*c^2*X'*((X*w - y)./(c^2 + (X*w - y).^2).^2)"),
    "barron1": ("X: N d; w: d; y: N; ", "w", (
        "sum(sqrt(1 + (X*w - y).^2) - 1)", "sum(((y - X*w).^2 + 1).^(1/2)) - N",
        r"\sum_{i=1}^N \left(\sqrt{(X_{i,:}w - y_i)^2 + 1} - 1\right)"), "X'*((X*w - y)./sqrt(1 + (X*w - y).^2))"),
    "msle": ("X: N d; w: d; y: N positive", "w", (
        "mean((X*w - log(y)).^2)", "norm(log(y) - X*w)^2/N", r"\frac1N\sum_{i=1}^N (\log y_i - X_{i,:}w)^2",
        "(X*w - log(y))'*(X*w - log(y))/N"), "2*X'*(X*w - log(y))/N"),
    "weighted_ridge": ("X: N d; w: d; y: N; v: N; a: scalar", "w", (
        "sum(v.*(X*w - y).^2) + a*w'*w", "(y - X*w)'*diag(v)*(y - X*w) + a*norm(w)^2",
        r"a\sum_{j=1}^d w_j^2 + \sum_{i=1}^N v_i (y_i - X_{i,:}w)^2"), "2*(X'*(v.*(X*w - y)) + a*w)"),
    "centred_reg": ("X: N d; w: d; y: N; ", "w", (
        "var(y - X*w)", "mean((y - X*w - mean(y - X*w)).^2)", "mean((X*w - y).^2) - mean(X*w - y)^2",
        "norm((y - X*w) - sum(y - X*w)/N)^2/N"), "2*X'*(X*w - y - mean(X*w - y))/N"),
    "poisson_off": ("X: N d; w: d; y: N; u: N", "w", (
        "sum(exp(X*w + u) - y.*(X*w + u))", r"\sum_{i=1}^N \left(e^{u_i}e^{X_{i,:}w} - y_i(u_i + X_{i,:}w)\right)",
        "sum(exp(u).*exp(X*w)) - y'*(X*w) - y'*u"), "X'*(exp(X*w + u) - y)"),
    "quantile": ("X: N d; w: d; y: N; t: scalar", "w", (
        "sum(max(t*(y - X*w), (t - 1)*(y - X*w)))", "sum(t*relu(y - X*w) + (1 - t)*relu(X*w - y))",
        r"\sum_{i=1}^N \max(t(y_i - X_{i,:}w), (t-1)(y_i - X_{i,:}w))"), 8),
    "softmax_temp": ("z: c; g: c; T: scalar positive", "z", (
        "g'*softmax(z/T)", "sum(g.*exp(z/T))/sum(exp(z/T))",
        r"\sum_{i=1}^c \frac{g_i e^{z_i/T}}{\sum_{j=1}^c e^{z_j/T}}"), "softmax(z/T).*(g - g'*softmax(z/T))/T"),
    "ce_onehot": ("H: N d; W: d c; Y: N c one_hot", "W", (
        "-sum(Y.*log(softmax(H*W, axis=1)))/N", "-mean(sum(Y.*log_softmax(H*W, axis=1), axis=1))",
        "mean(log(sum(exp(H*W), axis=1)) - sum(Y.*(H*W), axis=1))"), "H'*(softmax(H*W, axis=1) - Y)/N"),
    "bce": ("z: n; t: n", "z", (
        "-sum(t.*log(sigmoid(z)) + (1 - t).*log(1 - sigmoid(z)))", "sum(softplus(z) - t.*z)",
        "sum(log(1 + exp(z))) - t'*z", "-sum(t.*log(1./(1 + exp(-z))) + (1 - t).*log(exp(-z)./(1 + exp(-z))))"),
        "sigmoid(z) - t"),
    "focal0": ("z: n; t: n; a: scalar", "z", (
        "sum(a*softplus(-z).*t + softplus(z).*(1 - t))", "sum(a*t.*log(1 + exp(-z)) + (1 - t).*log(1 + exp(z)))",
        "-sum(a*t.*log(sigmoid(z)) + (1-t).*log(sigmoid(-z)))"), 9),
    "margin_softmax": ("z: c; t: c one_hot; m: scalar", "z", (
        "-t'*log_softmax(z - m*t)", "logsumexp(z - m*t) - t'*z + m", "-log(sum(t.*exp(z - m*t))/sum(exp(z - m*t)))"),
        "softmax(z - m*t) - t"),
    "lsm": ("z: c; t: c one_hot; a: scalar", "z", (
        "logsumexp(z) - (1 - a)*t'*z - a*mean(z)", "-((1 - a)*t + a/c)'*log_softmax(z)",
        "-(1 - a)*t'*log(softmax(z)) - a/c*sum(log(softmax(z)))"), "softmax(z) - (1 - a)*t - a/c"),
    "confpen": ("z: c; t: c one_hot; b: scalar", "z", (
        "-t'*log_softmax(z) + b*softmax(z)'*log_softmax(z)", "logsumexp(z) - t'*z + b*sum(softmax(z).*log(softmax(z)))",
        "logsumexp(z) - t'*z + b*(softmax(z)'*z - logsumexp(z))"), 12),
    "hinge_mc": ("W: c d; x: d; t: c one_hot; s: c one_hot", "W", (
        "softplus(s'*W*x - t'*W*x)", "log(1 + exp((s - t)'*W*x))", "-log(sigmoid((t - s)'*W*x))",
        "-log(exp(t'*W*x)/(exp(t'*W*x) + exp(s'*W*x)))"), "sigmoid((s - t)'*W*x)*(s - t)*x'"),
    "layernorm_g": ("x: n; g: n", "x", (
        "g'*((x - mean(x))/sqrt(var(x) + 1/1000))", "sum(g.*(x - mean(x)))/sqrt(mean((x - mean(x)).^2) + 0.001)",
        "g'*(-mean(x) + x)*(0.001 + var(x))^(-1/2)"), 13),
    "rms": ("x: n; g: n; w: n", "x", (
        "g'*(w.*x/sqrt(mean(x.^2) + 0.001))", "sum(g.*w.*x)/sqrt(sum(x.^2)/n + 1/1000)",
        r"\sum_{i=1}^n \frac{g_i w_i x_i}{\sqrt{\frac1n\sum_{j=1}^n x_j^2 + \frac{1}{1000}}}"), 12),
    "unit": ("x: n; y: n", "x", (
        "norm(x/norm(x) - y)^2/2", "sum((x/sqrt(x'*x) - y).^2)/2", "(1 + y'*y)/2 - x'*y/norm(x)"), 10),
    "cos_rows": ("A: N d; B: N d", "A", (
        "sum(sum(A.*B, axis=1)./(norm(A, axis=1).*norm(B, axis=1)))",
        r"\sum_{i=1}^N \frac{A_{i,:}B_{i,:}^\top}{\|A_{i,:}\|\|B_{i,:}\|}"), 14),
    "standard": ("x: n; g: n", "x", (
        "g'*(x - mean(x))/std(x)", "sum(g.*(x - mean(x)))/sqrt(var(x))", "sqrt(n)*g'*(x - mean(x))/norm(x - mean(x))"),
        10),
    "softmaxrows_ent": ("Z: N c", "Z", (
        "-sum(softmax(Z, axis=1).*log_softmax(Z, axis=1))", "-sum(softmax(Z, axis=1).*log(softmax(Z, axis=1)))",
        "sum(logsumexp(Z, axis=1) - sum(softmax(Z, axis=1).*Z, axis=1))"), 7),
    "attn_Q": ("Q: n d; K: m d; V: m p; G: n p", "Q", (
        "sum(G.*(softmax(Q*K'/sqrt(d), axis=1)*V))", "tr(G'*softmax(Q*K'/sqrt(d), axis=1)*V)",
        "sum((G*V').*softmax(Q*K'/sqrt(d), axis=1))"), 10),
    "one_query": ("q: d; K: m d; V: m p; g: p", "q", (
        "g'*V'*softmax(K*q/sqrt(d))", "softmax(K*q/sqrt(d))'*V*g", "exp(K*q/sqrt(d))'*(V*g)/sum(exp(K*q/sqrt(d)))",
        r"\sum_{i=1}^m \frac{e^{K_{i,:}q/\sqrt{d}}}{\sum_{j=1}^m e^{K_{j,:}q/\sqrt{d}}} V_{i,:} g"), 11),
    "linattn": ("Q: n d; K: m d; V: m p; G: n p", "K", (
        "sum(G.*(Q*(K'*V)))", "sum(G.*((Q*K')*V))", "tr(G'*Q*K'*V)"), "V*G'*Q"),
    "biasattn": ("q: d; K: m d; b: m; v: m", "b", (
        "v'*softmax(K*q + b)", "sum(v.*exp(K*q).*exp(b))/sum(exp(K*q).*exp(b))", "exp(K*q + b)'*v/sum(exp(K*q + b))"),
        8),
    "rbf_x": ("x: d; y: d; s: scalar positive", "x", (
        "exp(-norm(x - y)^2/(2*s^2))", "exp(-sum((y - x).^2)/(2*s^2))",
        "exp(x'*y/s^2)*exp(-x'*x/(2*s^2))*exp(-y'*y/(2*s^2))", r"e^{-\frac{1}{2s^2}\sum_{i=1}^d (x_i - y_i)^2}"), 9),
    "rbf_sum": ("X: N d; z: d; a: N", "z", (
        r"\sum_{i=1}^N a_i e^{-\|X_{i,:} - z\|^2/2}", "sum(a.*exp(-sum((X - z).^2, axis=1)/2))",
        "a'*exp(-norm(X - ones(N)*z', axis=1).^2/2)"), 12),
    "pairdist": ("x: n; W: n n symmetric", "x", (
        r"\sum_{i=1}^n\sum_{j=1}^n W_{ij}(x_i - x_j)^2", "2*x'*diag(sum(W, axis=1))*x - 2*x'*W*x",
        "2*sum(sum(W, axis=1).*x.^2) - 2*x'*(W*x)"), 6),
    "kmeans": ("X: N d; M: k d; Z: N k one_hot", "M", (
        "norm(X - Z*M)^2", "tr((X - Z*M)'*(X - Z*M))"), "2*Z'*(Z*M - X)"),
    "sne_q": ("x: d; Y: n d; p: n sums_to_one", "x", (
        "-sum(p.*log(exp(-sum((Y - x).^2, axis=1))./sum(exp(-sum((Y - x).^2, axis=1)))))",
        "p'*sum((Y - x).^2, axis=1) + logsumexp(-sum((Y - x).^2, axis=1))"), 12),
    "mmd_lin": ("X: n d; Y: m d", "X", (
        "norm(mean(X, axis=0) - mean(Y, axis=0))^2", "norm(X'*ones(n)/n - Y'*ones(m)/m)^2"), 7),
    "lsq_fro": ("A: m n; X: n p; B: m p", "X", (
        "norm(A*X - B)^2/2", "tr((A*X - B)'*(A*X - B))/2", "tr(X'*A'*A*X)/2 - tr(B'*A*X) + tr(B'*B)/2"), "A'*(A*X - B)"),
    "quadsym": ("x: n; A: n n symmetric; b: n", "x", (
        "x'*A*x/2 - b'*x", r"\frac12\sum_{i=1}^n\sum_{j=1}^n A_{ij}x_i x_j - \sum_{i=1}^n b_i x_i",
        "sum(x.*(A*x))/2 - sum(x.*b)", "x'*(A*x/2 - b)"), "A*x - b"),
    "tr_AXB": ("A: p n; X: n m; B: m p", "X", (
        "tr(A*X*B)", "tr(B*A*X)", "sum(A'.*(X*B))", r"\sum_{i=1}^p\sum_{j=1}^n\sum_{k=1}^m A_{ij}X_{jk}B_{ki}"),
        "A'*B'"),
    "logdet_ridge": ("X: n d; a: scalar positive", "X", (
        "logdet(X'*X + a*eye(d))", "log(det(a*eye(d) + X'*X))", "logdet(eye(d) + X'*X/a) + d*log(a)"),
        "2*X*inv(X'*X + a*eye(d))"),
    "gauss_nll_S": ("S: d d positive_definite; x: d; m: d", "S", (
        "logdet(S)/2 + (x - m)'*inv(S)*(x - m)/2", "(log(det(S)) + tr(inv(S)*(x - m)*(x - m)'))/2",
        "logdet(S)/2 + (m - x)'*inv(S)*(m - x)/2", "-log(exp(-(x - m)'*inv(S)*(x - m)/2)/sqrt(det(S)))"), 8),
    "gauss_prec": ("P: d d positive_definite; x: d; m: d", "m", (
        "(x - m)'*P*(x - m)/2", r"\frac12\sum_{i=1}^d\sum_{j=1}^d (x_i - m_i)P_{ij}(x_j - m_j)",
        "m'*P*m/2 - m'*P*x + x'*P*x/2", "tr(P*(m - x)*(m - x)')/2"), "P*(m - x)"),
    "rayleigh": ("x: n; A: n n symmetric", "x", (
        "x'*A*x/(x'*x)", "x'*A*x/norm(x)^2", "sum(x.*(A*x))/sum(x.^2)",
        r"\frac{\sum_{i=1}^n\sum_{j=1}^n A_{ij}x_ix_j}{\sum_{i=1}^n x_i^2}", "(x/norm(x))'*A*(x/norm(x))"), 8),
    "orth": ("W: n k", "W", (
        "norm(W'*W - eye(k))^2/4", "tr((W'*W - eye(k))*(W'*W - eye(k)))/4", "tr(W'*W*W'*W)/4 - tr(W'*W)/2 + k/4"),
        "W*(W'*W - eye(k))"),
    "mf": ("U: n k; V: m k; R: n m; a: scalar", "U", (
        "norm(R - U*V')^2/2 + a/2*norm(U)^2",
        r"\frac12\sum_{i=1}^n\sum_{j=1}^m \left(R_{ij} - \sum_{l=1}^k U_{il}V_{jl}\right)^2"
        r" + \frac a2\sum_{i=1}^n\sum_{l=1}^k U_{il}^2"),
        "(U*V' - R)*V + a*U"),
    "bilin_soft": ("A: n m; x: n; y: m", "A", (
        "softplus(x'*A*y)", "log(1 + exp(sum(x.*(A*y))))", "log(1 + exp(tr(A*y*x')))",
        r"\log\left(1 + e^{\sum_{i=1}^n\sum_{j=1}^m x_iA_{ij}y_j}\right)", "-log(1/(1 + exp(x'*A*y)))"),
        "sigmoid(x'*A*y)*x*y'"),
    "diagquad": ("s: n; A: n n symmetric; x: n", "s", (
        "(s.*x)'*A*(s.*x)/2", "x'*diag(s)*A*diag(s)*x/2", r"\frac12\sum_{i=1}^n\sum_{j=1}^n A_{ij}x_ix_js_is_j",
        "s'*(A.*(x*x'))*s/2"), "x.*(A*(s.*x))"),
    "kron": ("A: m m; X: n n; v: m*n", "X", (
        "tr(kron(A, X))", "tr(A)*tr(X)", "sum(diag(A))*sum(diag(X))"), "tr(A)*eye(n)"),
    "kl_gauss": ("m: d; s: d positive", "s", (
        "sum(m.^2 + s.^2 - 1 - 2*log(s))/2", "(m'*m + s'*s - d)/2 - sum(log(s))",
        r"\frac12\sum_{i=1}^d \left(m_i^2 + s_i^2 - 1 - \log s_i^2\right)"), "s - 1./s"),
    "kl_cat": ("z: c; q: c sums_to_one", "z", (
        "-q'*log_softmax(z)", "sum(q.*(log(q) - log(softmax(z))))", "q'*log(q) - q'*z + log(sum(exp(z)))"),
        "softmax(z) - q"),
    "gmm1": ("x: scalar; m: k; w: k positive", "m", (
        "-log(sum(w.*exp(-(x - m).^2/2)))", "-logsumexp(log(w) - (m - x).^2/2)",
        r"-\log\sum_{j=1}^k w_j e^{-\frac12(m_j - x)^2}", "-log(w'*exp(-(m - x).^2/2))"), 9),
    "student": ("x: n; m: n; v: scalar positive", "x", (
        "(v + 1)/2*sum(log(1 + (x - m).^2/v))", "(v + 1)/2*(sum(log(v + (m - x).^2)) - n*log(v))",
        r"\frac{v+1}{2}\sum_{i=1}^n \log\left(1 + \frac{(x_i - m_i)^2}{v}\right)"), "(v + 1)*(x - m)./(v + (x - m).^2)"),
    "laplace_s": ("x: n; m: n; s: scalar positive", "s", (
        "n*log(2*s) + sum(abs(x - m))/s", "sum(log(2*s) + abs(m - x)/s)",
        r"\sum_{i=1}^n \left(\log(2s) + \frac{|x_i - m_i|}{s}\right)"), 7),
    "norm_s": ("x: n; m: n; s: scalar positive", "s", (
        "n*log(s) + norm(x - m)^2/(2*s^2)", "n*log(s^2)/2 + sum((m - x).^2)/2/s^2",
        r"\sum_{i=1}^n \left(\log s + \frac{(x_i - m_i)^2}{2s^2}\right)"), 8),
    "bpr": ("u: d; p: d; q: d", "u", (
        "-log(sigmoid(u'*p - u'*q))", "softplus(u'*(q - p))", "log(1 + exp(-(u'*p - u'*q)))",
        "-log(exp(u'*p)/(exp(u'*p) + exp(u'*q)))", r"\log\left(1 + e^{\sum_{i=1}^d u_i(q_i - p_i)}\right)"),
        "sigmoid(u'*(q - p))*(q - p)"),
    "infonce": ("q: d; K: m d; t: m one_hot; T: scalar positive", "q", (
        "-t'*log_softmax(K*q/T)", "-log(exp(t'*K*q/T)/sum(exp(K*q/T)))", "logsumexp(K*q/T) - t'*K*q/T"),
        "K'*(softmax(K*q/T) - t)/T"),
    "triplet": ("a: d; p: d; q: d", "a", (
        "softplus(norm(a - p)^2 - norm(a - q)^2)", "log(1 + exp(sum((a - p).^2) - sum((a - q).^2)))",
        "log(1 + exp((p - a)'*(p - a) - (q - a)'*(q - a)))", "softplus(2*a'*(q - p) + p'*p - q'*q)"), 9),
    "ema": ("x: n; y: n; a: scalar", "a", (
        "norm(a*x + (1 - a)*y)^2/2", "norm(y + a*(x - y))^2/2", "sum((a*(x - y) + y).^2)/2",
        "(a*x + (1 - a)*y)'*(a*x + (1 - a)*y)/2"), "(x - y)'*(y + a*(x - y))"),
    "two_layer": ("W: h d; v: h; x: d; y: scalar", "W", (
        "(v'*tanh(W*x) - y)^2/2", "(y - sum(v.*tanh(W*x)))^2/2",
        r"\frac12\left(\sum_{i=1}^h v_i\tanh(W_{i,:}x) - y\right)^2"), 12),
    "silu": ("x: n; g: n", "x", (
        "g'*(x.*sigmoid(x))", "sum(g.*x./(1 + exp(-x)))", "sum(g.*x.*exp(x)./(exp(x) + 1))"), 6),
    "glu": ("U: h d; W: h d; x: d; g: h", "W", (
        "g'*((U*x).*sigmoid(W*x))", "sum(g.*(U*x)./(1 + exp(-W*x)))", "(g.*(U*x))'*sigmoid(W*x)",
        r"\sum_{i=1}^h \frac{g_i U_{i,:}x}{1 + e^{-W_{i,:}x}}"), "(g.*(U*x).*sigmoid(W*x).*(1 - sigmoid(W*x)))*x'"),
    "gcn": ("A: n n symmetric; X: n d; W: d c; Y: n c one_hot", "W", (
        "-sum(Y.*log_softmax(A*X*W, axis=1))", "-tr(Y'*log_softmax(A*X*W, axis=1))",
        "sum(logsumexp(A*X*W, axis=1)) - tr(Y'*A*X*W)"), 7),
    "logit_h": ("X: N d; w: d; y: N; ", "w", (
        "sum(softplus(X*w) - y.*(X*w))", "sum(log(1 + exp(X*w))) - y'*X*w",
        "-sum(y.*log(sigmoid(X*w)) + (1 - y).*log(1 - sigmoid(X*w)))"), "X'*diag(sigmoid(X*w).*(1 - sigmoid(X*w)))*X"),
    "lse_h": ("A: m n; x: n", "x", (
        "logsumexp(A*x)", "log(sum(exp(A*x)))", r"\log\sum_{i=1}^m e^{A_{i,:}x}", "log(m*mean(exp(A*x)))"),
        "A'*(diag(softmax(A*x)) - softmax(A*x)*softmax(A*x)')*A"),
    "norm_many_h": ("A: m n; x: n; b: m", "x", (
        "norm(A*x - b)", "sqrt((A*x - b)'*(A*x - b))", "sqrt(sum((b - A*x).^2))"), 14),
    "softmax_J": ("W: m n; x: n", "x", (
        "softmax(W*x)", "exp(W*x)/sum(exp(W*x))", "exp(W*x - logsumexp(W*x))"),
        "(diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')*W"),
    "unit_J": ("x: n", "x", (
        "x/norm(x)", "x/sqrt(x'*x)"), 6),
    "sig_J": ("W: m n; x: n; b: m", "x", (
        "sigmoid(W*x + b)", "1./(1 + exp(-W*x - b))", "exp(W*x + b)./(1 + exp(W*x + b))", "(1 + tanh((W*x + b)/2))/2"),
        "diag(sigmoid(W*x + b).*(1 - sigmoid(W*x + b)))*W"),
    "lqr": ("x: n; u: m; A: n n; B: n m; Q: n n symmetric", "u", (
        "(A*x + B*u)'*Q*(A*x + B*u)/2", r"\frac12\sum_{i=1}^n\sum_{j=1}^n Q_{ij}(Ax + Bu)_i(Ax + Bu)_j",
        "tr(Q*(A*x + B*u)*(A*x + B*u)')/2"), "B'*Q*(A*x + B*u)"),
    "riccati": ("K: m n; P: n n symmetric; A: n n; B: n m", "K", (
        "tr((A - B*K)'*P*(A - B*K))/2", "sum((A - B*K).*(P*(A - B*K)))/2", "tr(P*(A - B*K)*(A - B*K)')/2"),
        "B'*P*(B*K - A)"),
    "reproj": ("R: d d; X: N d; Y: N d; t: d", "t", (
        "norm(X*R' + ones(N)*t' - Y)^2/2", "sum((Y - X*R' - ones(N)*t').^2)/2"), 5),
    "procr": ("R: d d; X: N d; Y: N d", "R", (
        "norm(X*R' - Y)^2/2", "tr(R*X'*X*R')/2 - tr(R*X'*Y) + norm(Y)^2/2", "sum((Y - X*R').^2)/2"), "(R*X' - Y')*X"),
    "blend": ("a: scalar; c: n; b: n; g: n", "a", (
        "norm(a*c + (1 - a)*b - g)^2/2", "sum((a*c + b - a*b - g).^2)/2", "norm(b + a*(c - b) - g)^2/2"), 6),
    "pinn": ("D: n n; u: n; f: n; k: scalar", "u", (
        "norm(D*u + k*u - f)^2/2", "norm((D + k*eye(n))*u - f)^2/2", "sum((f - D*u - k*u).^2)/2"), 9),
    "energy": ("K: n n symmetric; u: n; f: n", "u", (
        "u'*K*u/2 - f'*u", r"\frac12\sum_{i=1}^n\sum_{j=1}^n K_{ij}u_iu_j - \sum_{i=1}^n f_iu_i", "u'*(K*u/2 - f)"),
        "K*u - f"),
    "fair": ("X: N d; w: d; y: N; c: scalar positive", "w", (
        "c^2*sum(abs(X*w - y)/c - log(1 + abs(X*w - y)/c))", "sum(c*abs(y - X*w) - c^2*log(1 + abs(y - X*w)/c))"), 8),
    "charb": ("X: N d; w: d; y: N; e: scalar positive", "w", (
        "sum(sqrt((X*w - y).^2 + e^2))", "sum(((y - X*w).^2 + e^2).^(1/2))",
        r"\sum_{i=1}^N \sqrt{(X_{i,:}w - y_i)^2 + e^2}"), "X'*((X*w - y)./sqrt((X*w - y).^2 + e^2))"),
    "softl1": ("X: N d; w: d; y: N", "w", (
        "2*sum(sqrt(1 + (X*w - y).^2) - 1)", "sum(2*((1 + (y - X*w).^2).^(1/2) - 1))"), 7),
    "gin": ("A: n n; X: n d; W: d c; e: scalar; G: n c", "W", (
        "sum(G.*(((1 + e)*X + A*X)*W))", "tr(G'*((1 + e)*eye(n) + A)*X*W)", "sum(G.*((1 + e)*X*W + A*X*W))"), 5),
    "meanagg": ("A: n n; X: n d; G: n d", "X", (
        "sum(G.*(diag(1./sum(A, axis=1))*A*X))", "sum(G.*(A*X)./sum(A, axis=1, keepdims=True))",
        r"\sum_{i=1}^n\sum_{j=1}^d G_{ij}\frac{\sum_{k=1}^n A_{ik}X_{kj}}{\sum_{k=1}^n A_{ik}}"), 4),
    "lap_k": ("x: d; y: d; s: scalar positive", "x", (
        "exp(-norm(x - y)/s)", "exp(-sqrt(sum((x - y).^2))/s)", "exp(-norm(y - x)/s)"), 8),
    "poly": ("x: d; y: d; c: scalar", "x", (
        "(x'*y + c)^3", r"\left(c + \sum_{i=1}^d x_iy_i\right)^3", "(c + sum(x.*y))^3"), 5),
    "krr": ("a: n; K: n n symmetric; y: n; l: scalar", "a", (
        "norm(K*a - y)^2/2 + l/2*a'*K*a", "sum((y - K*a).^2)/2 + l*a'*K*a/2",
        "(K*a - y)'*(K*a - y)/2 + l/2*sum(a.*(K*a))"), "K*(K*a - y + l*a)"),
    "entplan": ("P: n m positive; C: n m; e: scalar", "P", (
        "sum(C.*P) + e*sum(P.*(log(P) - 1))", "tr(C'*P) + e*(sum(P.*log(P)) - sum(P))"), "C + e*log(P)"),
    "scaleq": ("s: scalar positive; q: n; x: n", "s", (
        "norm(x - s*q)^2/2", "sum((s*q - x).^2)/2", "(x'*x - 2*s*x'*q + s^2*q'*q)/2"), "q'*(s*q - x)"),
    "bias": ("u: d; v: d; b: scalar; c: scalar; r: scalar", "u", (
        "(r - b - c - u'*v)^2/2", "(u'*v + b + c - r)^2/2", r"\frac12\left(r - \sum_{i=1}^d u_iv_i - b - c\right)^2"),
        "(u'*v + b + c - r)*v"),
    "warp": ("u: d; P: d; N: k d", "u", (
        "sum(softplus(N*u - u'*P))", "sum(log(1 + exp(N*u - P'*u)))", "-sum(log(sigmoid(P'*u - N*u)))"), 8),
    "ar2": ("x: n; y: n; z: n; a: scalar; b: scalar", "a", (
        "norm(x - a*y - b*z)^2/2", "sum((a*y + b*z - x).^2)/2", "(x - a*y - b*z)'*(x - a*y - b*z)/2"),
        "y'*(a*y + b*z - x)"),
    "var1": ("A: n n; X: n m; Y: n m; l: scalar", "A", (
        "norm(Y - A*X)^2/2 + l/2*norm(A)^2", "tr((A*X - Y)'*(A*X - Y))/2 + l*tr(A'*A)/2",
        "sum((A*X - Y).^2)/2 + l*sum(A.^2)/2"), "(A*X - Y)*X' + l*A"),
    "trinv": ("X: n n invertible; A: n n", "X", (
        "tr(A*inv(X))", "tr(inv(X)*A)", "sum(A'.*inv(X))"), "-(inv(X)*A*inv(X))'"),
    "logdetsum": ("S: n n positive_definite; D: n n positive_definite", "S", (
        "logdet(S + D)", "log(det(D + S))"), "inv(S + D)"),
    "kronq": ("A: n n; B: m m; X: m n", "X", (
        "vec(X)'*kron(A, B)*vec(X)", "sum(X.*(B*X*A'))", "tr(X'*B*X*A')"), 5),
    "ray2": ("x: n; A: n n symmetric; B: n n positive_definite", "x", (
        "x'*A*x/(x'*B*x)", "sum(x.*(A*x))/sum(x.*(B*x))", r"\frac{\sum_{i=1}^n\sum_{j=1}^n A_{ij}x_ix_j}{x^\top Bx}"),
        9),
    "glm": ("X: N d; w: d; y: N", "w", (
        "sum(y.*exp(-X*w) + X*w)", "y'*exp(-X*w) + sum(X*w)", r"\sum_{i=1}^N \left(y_ie^{-X_{i,:}w} + X_{i,:}w\right)"),
        "X'*(1 - y.*exp(-X*w))"),
    "beta": ("z: n; t: n", "z", (
        "sum((sigmoid(z) - t).^2)/2", "norm(1./(1 + exp(-z)) - t)^2/2", "sum((t - exp(z)./(1 + exp(z))).^2)/2"), 6),
    "covreg": ("X: N d; A: d d", "A", (
        "norm(X'*X/N - A*A')^2/2", "sum((A*A' - X'*X/N).^2)/2"), 7),
    "logit_t": ("z: c; t: c one_hot; T: scalar positive", "T", (
        "-t'*log_softmax(z/T)", "logsumexp(z/T) - t'*z/T", "-log(sum(t.*exp(z/T))/sum(exp(z/T)))"), 6),
    "charb_h": ("A: m n; x: n; b: m", "x", (
        "sum(sqrt(1 + (A*x - b).^2))", "sum(sqrt((b - A*x).^2 + 1))"), 8),
    "gelu_J": ("W: m n; x: n", "x", (
        "tanh(W*x)./2 + 1/2", "(1 + tanh(W*x))/2", "sigmoid(2*W*x)", "1./(1 + exp(-2*W*x))"), 7),
    # control, graphics, physics, robust losses, graphs, kernels, transport, quantisation, recommenders, time series
    "cramer_p": ("p: n; q: n", "p", ("norm(cumsum(p - q))^2",), "2*flip(cumsum(flip(cumsum(p - q))))"),
    "trimmed_w": ("X: N d; w: d; y: N; v: N one_hot", "w", ("v'*((X*w - y).^2)",), "2*X'*(v.*(X*w - y))"),
    "ridge_gcv_l": ("y: n; U: n n orthogonal; s: n positive; l: scalar positive", "l", ("sum((U'*y).^2./(s + l))",), 6),
    "mpc_u": ("A: n n; B: n m; x: n; u: m; v: m; R: m m symmetric", "u", (
        "norm(A*(A*x + B*u) + B*v)^2/2 + u'*R*u/2",), "B'*A'*(A*(A*x + B*u) + B*v) + R*u"),
    "kalman_innov_x": ("H: p n; x: n; z: p; R: p p positive_definite; P: n n positive_definite; m: n", "x", (
        "(z - H*x)'*inv(R)*(z - H*x)/2 + (x - m)'*inv(P)*(x - m)/2",), "H'*inv(R)*(H*x - z) + inv(P)*(x - m)"),
    "phong_n": ("n: d; l: d; v: d; s: scalar positive", "v", ("(n'*l)*(v'*n)^s",), 6),
    "light_n": ("x: d; l: d", "x", ("x'*l/norm(x)",), 7),
    "smooth_mesh_V": ("L: n n symmetric; V: n d; U: n d; a: scalar", "V", (
        "norm(V - U)^2/2 + a/2*tr(V'*L*V)",), "V - U + a*L*V"),
    "heat_pde_u": ("u: n; v: n; D: n n; k: scalar; h: scalar", "u", ("norm((u - v)/h - k*D*u)^2/2",), 12),
    "burgers_u": ("u: n; D: n n", "u", ("norm(u.*(D*u))^2/2",), 8),
    "pinn_bc_w": ("W: h d; a: h; x: d; g: scalar", "a", ("(a'*tanh(W*x) - g)^2",), 6),
    "tukey_w": ("X: N d; w: d; y: N; c: scalar positive", "w", ("sum((1 - (1 - ((X*w - y)/c).^2).^3)*c^2/6)",), 9),
    "gmc_w": ("X: N d; w: d; y: N", "w", ("-sum(exp(-(X*w - y).^2/2))",), "X'*((X*w - y).*exp(-(X*w - y).^2/2))"),
    "appnp_H": ("A: n n; H: n d; Z: n d; a: scalar; Y: n d", "Z", (
        "norm((1 - a)*A*Z + a*H - Y)^2/2",), "(1 - a)*A'*((1 - a)*A*Z + a*H - Y)"),
    "gat_score_a": ("a: d; H: n d; g: n", "a", ("g'*softmax(relu(H*a))",), 9),
    "dgi_W": ("h: d; W: d d; s: d; t: d", "W", ("-log(sigmoid(h'*W*s)) - log(1 - sigmoid(t'*W*s))",), 12),
    "nystrom_c": ("C: n k; W: k k positive_definite; y: n; a: k", "a", (
        "norm(C*a - y)^2/2 + a'*W*a/2",), "C'*(C*a - y) + W*a"),
    "mkl_w": ("w: scalar; v: scalar; A: n n symmetric; B: n n symmetric; x: n", "w", ("x'*(w*A + v*B)*x/2",), 3),
    "ot_kl_f": ("f: n; a: n; K: n m; v: m", "f", ("sum(exp(f).*(K*v)) - a'*f",), "exp(f).*(K*v) - a"),
    "w2_map_A": ("A: d d; X: n d; Y: n d", "A", ("norm(X*A' - Y)^2/(2*n)",), "(X*A' - Y)'*X/n"),
    "lsq_step_s": ("s: scalar positive; x: n; g: n", "s", ("g'*(s*clip(x/s, -1, 1))",), 9),
    "binary_w": ("a: scalar; w: n", "a", ("norm(w - a*sign(w))^2",), 7),
    "slope_one": ("b: scalar; R: n m; W: n m", "b", ("sum(W.*(R - b).^2)",), 6),
    "ease_B": ("X: n m; B: m m; l: scalar", "B", ("norm(X - X*B)^2/2 + l/2*norm(B)^2",), "X'*(X*B - X) + l*B"),
    "cofactor_v": ("v: k; U: m k; r: m; P: m k; s: m", "v", (
        "norm(r - U*v)^2/2 + norm(s - P*v)^2/2",), "U'*(U*v - r) + P'*(P*v - s)"),
    "garch_a": ("s: n positive; x: n; a: scalar positive", "a", ("sum(log(a + s) + x.^2./(a + s))",), 9),
    "holt_l": ("l: scalar; x: n; y: n; z: n", "l", ("norm(z - l*x - (1 - l)*y)^2/2",), 8),
    "tr_log_X": ("X: n n positive_definite; A: n n symmetric", "X", ("tr(A*X) - logdet(X)",), "A - inv(X)"),
    "power3_X": ("X: n n; A: n n", "X", ("tr(A*X*X*X)",), 9),
    "spec_gap_x": ("x: n; A: n n symmetric; l: scalar", "x", ("norm(A*x - l*x)^2/2",), 7),
    "kron3_A": ("A: m m symmetric; B: n n; X: n m", "A", ("tr(X'*B*X*A)",), 3),
    "khatri_a": ("A: n k; B: m k; G: n m", "A", ("sum(G.*(A*B'))",), "G*B"),
    "poisson_re_h": ("u: n; y: n; s: scalar positive", "u", (
        "sum(exp(u) - y.*u) + u'*u/(2*s)",), "diag(exp(u)) + eye(n)/s"),
    "cauchy_pair_J": ("x: n", "x", ("x./(1 + x.^2)",), 7),
    "logit_mix_J": ("W: m n; x: n; a: scalar", "x", (
        "a*softmax(W*x)",), "a*(diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')*W"),
}
