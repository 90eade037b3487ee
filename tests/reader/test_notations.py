"""The notations people write: each display is read to the values that a NumPy function gives, or refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy
from sympy import Expr

import symderiv as sd
from symderiv.arrays.arrays import Named, Tensor
from symderiv.arrays.operator import shape_of
from symderiv.arrays.symbols import Index, Label
from symderiv.errors import SymderivError
from symderiv.numeric.evaluate import Variables
from symderiv.reader import DeclaredNames, declare
from symderiv.reader.declare.context import Quantity
from symderiv.reader.meaning.elaborate import Elaborator, ReadingChoices
from symderiv.reader.meaning.entrywise import at, letters_in, settled, substituted
from symderiv.reader.syntax import tree as t
from symderiv.reader.syntax.latex import latex
from symderiv.reader.syntax.lines import parse_line
from symderiv.reader.syntax.tokens import SourceText

Truth = Callable[..., Any] | None

GIVEN = {
    "softmax": (
        r"z: n; y: n; x: d; W: n d; b: n; i, j, k: index n; t: label n; c: scalar; a = softmax(z); "
        r"p_i = exp(z_i)/sum_j exp(z_j); L = -sum_i y_i*log(p_i); sigma: sigmoid; S: softmax"),
    "logistic": (
        r"X: N d; y: N; w: d; theta: d; b: scalar; sigma: sigmoid; alpha: scalar; x_i = X[i,:]; t_n = y[n]; "
        r"i, n: index N; j, k: index d; x^{(i)} = X[i,:]; y^{(i)} = y[i]; h = sigma(X*w); \phi_n = x_n; "
        r"lambda: scalar; g(z) = 1/(1+exp(-z)); "
        r"J(theta) = -1/N*sum_i (y_i*log(g(theta'*x_i)) + (1-y_i)*log(1-g(theta'*x_i))); z: scalar; m = N"),
    "net": (
        r"x: d; W^{[1]}: h d; b^{[1]}: h; W^{[2]}: q h; b^{[2]}: q; sigma: sigmoid; y: q; "
        r"z^{[1]} = W^{[1]}*x + b^{[1]}; a^{[1]} = sigma(z^{[1]}); z^{[2]} = W^{[2]}*a^{[1]} + b^{[2]}; "
        r"a^{[2]} = sigma(z^{[2]}); C = 1/2*norm(y - a^{[2]})^2; \delta^{[2]} = (a^{[2]} - y).*sigma'(z^{[2]}); "
        r"\delta^{[1]} = (W^{[2]}'*\delta^{[2]}).*sigma'(z^{[1]})"),
    "mat": (
        r"X: m n; A: n n; B: n m; a: m; b: n; x: n; u: n; v: n; S: n n symmetric; P: n n positive-definite; "
        r"c: scalar; Q: n n; lambda: scalar; Y: m n"),
    "gmm": (
        r"x: N d; pi: K positive sums_to_one; mu: K d; K: size; x_n = x[n,:]; mu_k = mu[k,:]; gamma: N K; "
        r"n: index N; k: index K; N_k = sum_n gamma_{nk}; s: scalar positive; sigma: scalar positive"),
    "lstm": (
        r"x_t: d; h_{t-1}: h; c_{t-1}: h; W_f: h d; U_f: h h; b_f: h; W_i: h d; U_i: h h; b_i: h; W_c: h d; "
        r"U_c: h h; b_c: h; sigma: sigmoid; f_t = sigma(W_f*x_t + U_f*h_{t-1} + b_f); "
        r"i_t = sigma(W_i*x_t + U_i*h_{t-1}+b_i); \tilde c_t = tanh(W_c*x_t+U_c*h_{t-1}+b_c); "
        r"c_t = f_t.*c_{t-1} + i_t.*\tilde c_t"),
    "conv": (
        r"x: n; w: k; k <= n; y_i = sum_{j=1}^{k} x_{i+j-1}*w_j; y: n-k+1; *: conv1d valid; delta: n-k+1; "
        r"X: C H W_0; sigma: sigmoid"),
    "attn": (
        r"Q: n d; K: m d; V: m v; d: size; A = softmax(Q*K'/sqrt(d)); O = A*V; L: function of O"),
    "w2v": (
        r"U: V d; v_c: d; o: label V; u_w = U[w,:]; w: index V; sigma: sigmoid; c: scalar"),
    "bn": (
        r"x: m; gamma: scalar; beta: scalar; epsilon: scalar positive; mu = 1/m*sum_i x_i; "
        r"sigma^2 = 1/m*sum_i (x_i - mu)^2; \hat x_i = (x_i - mu)/sqrt(sigma^2 + epsilon); "
        r"y_i = gamma*\hat x_i + beta; L: function of y"),
}
SIZES = {"C": 2, "D": 5, "H": 5, "K": 3, "N": 6, "V": 4, "W_0": 4, "d": 3, "h": 4, "k": 2, "m": 3, "n": 4, "q": 2, "v": 2}


def sm(z: Any) -> Any:
    e = np.exp(z - z.max())
    return e / e.sum()


def sg(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


CASES: list[tuple[str, str, Truth]] = [
    ("softmax", r"\frac{\partial p_i}{\partial z_j} = p_i\left(\delta_{ij} - p_j\right)",
     lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(1\{i=j\}-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(\mathbb{1}\{i=j\}-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i([i=j]-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(I(i=j)-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i\bigl(\mathbf{1}_{\{i=j\}}-p_j\bigr)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(\mathbb{I}[i=j]-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(\mathrm{I}\{i=j\}-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i({\bf 1}(i=j)-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(\delta_{i,j}-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(\delta_i^j-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"p_i(\delta_{i j}-p_j)", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\operatorname{diag}(p) - p p^{\mathsf T}", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\mathrm{diag}(\mathbf{p}) - \mathbf{p}\mathbf{p}^{\mathrm{T}}",
     lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\text{diag}(\vec p) - \vec p \vec p^{\,T}", lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\frac{e^{z_i}}{\sum_{k=1}^{n} e^{z_k}}", lambda z, **_: sm(z)),
    ("softmax", r"\frac{\exp(z_i)}{\sum\nolimits_k \exp(z_k)}", lambda z, **_: sm(z)),
    ("softmax", r"\frac{\exp{z_i}}{\sum\limits_{k=1}^n \exp{z_k}}", lambda z, **_: sm(z)),
    ("softmax", r"{e^{z_i} \over \sum_k e^{z_k}}", lambda z, **_: sm(z)),
    ("softmax", r"\dfrac{e^{z_i}}{e^{z_1}+\cdots+e^{z_n}}", lambda z, **_: sm(z)),
    ("softmax", r"\operatorname{softmax}(\mathbf z)_i", lambda z, **_: sm(z)),
    ("softmax", r"\text{softmax}_i(z)", lambda z, **_: sm(z)),
    ("softmax", r"S_i(z)", lambda z, **_: sm(z)),
    ("softmax", r"\left[\operatorname{softmax}(z)\right]_i", lambda z, **_: sm(z)),
    ("softmax", r"\exp\{z_i - \log\sum_{j}\exp\{z_j\}\}", lambda z, **_: sm(z)),
    ("softmax", r"-\sum_{i=1}^{n} y_i \log p_i", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"-\sum_{i}^{n} y_i \ln(p_i)", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"-y^T\log p", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"-\langle y, \log p\rangle", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"-\left<y, \log p\right>", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"-\mathbf{y}\cdot\log\mathbf{p}", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"-\sum_{k \in \{1,\dots,n\}} y_k \log \hat{} p_k", None),
    ("softmax", r"-\log p_t", lambda z, t, **_: -np.log(sm(z)[t])),
    ("softmax", r"-z_t + \log\sum_j e^{z_j}", lambda z, t, **_: -np.log(sm(z)[t])),
    ("softmax", r"\log\bigg(\sum_{j=1}^n \exp(z_j - z_t)\bigg)", lambda z, t, **_: -np.log(sm(z)[t])),
    ("softmax", r"\frac{\partial L}{\partial z_i} = \sum_{j}\frac{\partial L}{\partial p_j}\frac{\partial "
     r"p_j}{\partial z_i}",
     lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\nabla_z L", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\nabla_{\mathbf{z}} L", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\partial_{z_i} L", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\partial L / \partial z_i", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"{\partial L \over \partial z_i}", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\dfrac{dL}{dz_i}", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\frac{\mathrm{d}L}{\mathrm{d}z_i}", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\frac{\operatorname{d}\! L}{\operatorname{d}\! z_i}", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\frac{\partial}{\partial z_i}\left(-\sum_k y_k\log p_k\right)", lambda z, y, **_: sm(z)*y.sum()-y),
    ("softmax", r"\begin{cases} p_i(1-p_i), & i=j\\ -p_ip_j, & i\ne j\end{cases}",
     lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\begin{cases} p_i(1-p_i) & \text{if } i=j,\\ -p_ip_j & \text{otherwise}.\end{cases}",
     lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\left\{\begin{array}{ll} p_i(1-p_i) & \mbox{if $i=j$}\\ -p_ip_j & \mbox{if $i\neq j$}\end{array}\right.",
     lambda z, **_: np.diag(sm(z))-np.outer(sm(z), sm(z))),
    ("softmax", r"\sum_{j=1}^{n}\sum_{k=1}^n p_j p_k z_j", lambda z, **_: (sm(z)*z).sum()),
    ("softmax", r"\sum_{j,k=1}^{n} p_j p_k z_j", lambda z, **_: (sm(z)*z).sum()),
    ("softmax", r"\sum_{i<j} z_i z_j", lambda z, **_: (z.sum()**2-(z**2).sum())/2),
    ("softmax", r"\sum_{\substack{i,j\\ i\neq j}} z_i z_j", lambda z, **_: (z.sum()**2-(z**2).sum())),
    ("softmax", r"\sum_{i=1}^{n-1} z_i z_{i+1}", lambda z, **_: (z[1:]*z[:-1]).sum()),
    ("softmax", r"\max_j z_j", lambda z, **_: z.max()),
    ("softmax", r"\max_{1\le j\le n} z_j", lambda z, **_: z.max()),
    ("softmax", r"\max(z)", lambda z, **_: z.max()),
    ("softmax", r"\operatorname*{argmax}_j z_j", lambda z, **_: z.argmax() + 1),
    ("softmax", r"\arg\max_j z_j", lambda z, **_: z.argmax() + 1),
    ("softmax", r"\int_0^1 x dx", None),
    ("softmax", r"\prod_j z_j \prod_k y_k \prod_j p_j", lambda z, y, **_: np.prod(z) * np.prod(y) * np.prod(sm(z))),
    ("softmax", r"\prod_j z_j \prod_k (y_k + z_j)", lambda z, y, **_: np.prod(z) * np.prod(y + z[:, None])),
    ("softmax", r"\prod_{j=1}^n p_j^{y_j}", lambda z, y, **_: np.prod(sm(z)**y)),
    ("softmax", r"\log\prod_{j} p_j^{y_j}", lambda z, y, **_: (y*np.log(sm(z))).sum()),
    ("softmax", r"\log_2 c^2", lambda c, **_: np.log2(c**2)),
    ("softmax", r"\sin^2 c + \cos^2 c", lambda c, **_: np.array(1.)),
    ("softmax", r"|c|", lambda c, **_: abs(c)),
    ("softmax", r"\lvert c \rvert \, \lVert z \rVert_2", lambda c, z, **_: abs(c)*np.linalg.norm(z)),
    ("softmax", r"\|z\|_1", lambda z, **_: abs(z).sum()),
    ("softmax", r"\left\Vert z-y\right\Vert ^{2}", lambda z, y, **_: ((z-y)**2).sum()),
    ("softmax", r"\underbrace{p_i - y_i}_{\delta_i}", lambda z, y, **_: sm(z)-y),
    ("softmax", r"p_i - y_i \tag{1}", lambda z, y, **_: sm(z)-y),
    ("softmax", r"L \stackrel{(a)}{=} -\sum_i y_i \log p_i", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"L \overset{!}{=} -\sum_i y_i \log p_i", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"\therefore\ L = -\sum_i y_i \log p_i", lambda z, y, **_: -(y*np.log(sm(z))).sum()),
    ("softmax", r"p_i - y_i,\ \forall i", lambda z, y, **_: sm(z)-y),
    ("softmax", r"p_i - y_i \quad\text{for all } i", lambda z, y, **_: sm(z)-y),
    ("softmax", r"p_i - y_i,\quad i=1,\dots,n", lambda z, y, **_: sm(z)-y),
    ("softmax", r"p_i - y_i \qquad (i = 1, \ldots, n)", lambda z, y, **_: sm(z)-y),
    ("softmax", r"\boxed{p - y}", lambda z, y, **_: sm(z)-y),
    ("softmax", r"\color{red}{p - y}", lambda z, y, **_: sm(z)-y),
    ("softmax", r"\textcolor{blue}{p} - y", lambda z, y, **_: sm(z)-y),
    ("softmax", r"W^\top(p-y)", lambda z, y, W, **_: W.T@(sm(z)-y)),
    ("softmax", r"(p-y)\,x^{\top}", lambda z, y, x, **_: np.outer(sm(z)-y, x)),
    ("softmax", r"(p-y)\otimes x", lambda z, y, x, **_: np.outer(sm(z)-y, x)),
    ("softmax", r"x(p-y)^\top", lambda z, y, x, **_: np.outer(x, sm(z)-y)),
    ("softmax", r"e_t", lambda t, z, **_: np.eye(len(z))[t]),
    ("softmax", r"\mathbf{e}_t - p", lambda t, z, **_: np.eye(len(z))[t]-sm(z)),
    ("softmax", r"\mathbf{1}^\top y", lambda y, **_: y.sum()),
    ("softmax", r"\vec{1}^{T} y", lambda y, **_: y.sum()),
    ("softmax", r"\mathbf{1}_n^\top y", lambda y, **_: y.sum()),
    ("softmax", r"\mathbb{1}^T y", lambda y, **_: y.sum()),
    ("softmax", r"I_n z", lambda z, **_: z),
    ("softmax", r"I_{n\times n} z", lambda z, **_: z),
    ("softmax", r"\mathbf{I}z", lambda z, **_: z),
    ("softmax", r"\frac{1}{n}\sum_{i=1}^n z_i", lambda z, **_: z.mean()),
    ("softmax", r"\sigma(c)(1-\sigma(c))", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\sigma'(c)", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\sigma^{\prime}(c)", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\frac{d\sigma(c)}{dc}", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\frac{d}{dc}\sigma(c)", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\frac{\mathrm d}{\mathrm dc}\left[\frac{1}{1+e^{-c}}\right]", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\frac{d}{dc}(1+e^{-c})^{-1}", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"\frac{e^{-c}}{\left(1+e^{-c}\right)^2}", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"-(1+e^{-c})^{-2}\cdot(-e^{-c})", lambda c, **_: sg(c)*(1-sg(c))),
    ("softmax", r"{\frac {1}{1+\exp \left( -c\right) }}", lambda c, **_: sg(c)),
    ("logistic", r"\nabla_w \sum_{i=1}^N \log(1+\exp(-y_i w^\top x_i))", lambda X, y, w, **_: -(X.T@(y*sg(-y*(X@w))))),
    ("logistic", r"\frac{\partial J(\theta)}{\partial\theta_j} = "
     r"\frac{1}{m}\sum_{i=1}^m\left(g(\theta^Tx^{(i)})-y^{(i)}\right)x_j^{(i)}",
     lambda X, y, theta, **_: X.T@(sg(X@theta)-y)/len(y)),
    ("logistic", r"\frac{1}{m}\sum_{i=1}^{m}(g(\theta^{T}x^{(i)})-y^{(i)})x^{(i)}_{j}",
     lambda X, y, theta, **_: X.T@(sg(X@theta)-y)/len(y)),
    ("logistic", r"\frac{1}{N} X^T(\sigma(X\theta)-y)", lambda X, y, theta, **_: X.T@(sg(X@theta)-y)/len(y)),
    ("logistic", r"\nabla_\theta J(\theta)", lambda X, y, theta, **_: X.T@(sg(X@theta)-y)/len(y)),
    ("logistic", r"\nabla J(\theta)", lambda X, y, theta, **_: X.T@(sg(X@theta)-y)/len(y)),
    ("logistic", r"-\frac{1}{m}\sum_{i=1}^m\Big[y^{(i)}\log g(\theta^Tx^{(i)})+(1-y^{(i)})\log(1-g(\theta^Tx^{(i)}))\Big]",
     lambda X, y, theta, **_: -np.mean(y*np.log(sg(X@theta))+(1-y)*np.log(1-sg(X@theta)))),
    ("logistic", r"\sum_{n=1}^N (\sigma(w^T\phi_n) - t_n)\phi_n", lambda X, y, w, **_: X.T@(sg(X@w)-y)),
    ("logistic", r"\sum_n \sigma(w^\top x_n)(1-\sigma(w^\top x_n))x_nx_n^\top",
     lambda X, w, **_: X.T@np.diag(sg(X@w)*(1-sg(X@w)))@X),
    ("logistic", r"X^\top \operatorname{diag}(h\odot(1-h)) X", lambda X, w, **_: X.T@np.diag(sg(X@w)*(1-sg(X@w)))@X),
    ("logistic", r"\nabla^2_\theta J(\theta)", lambda X, theta, **_: X.T@np.diag(sg(X@theta)*(1-sg(X@theta)))@X/len(X)),
    ("logistic", r"\frac{\partial^2 J}{\partial\theta_j\partial\theta_k}",
     lambda X, theta, **_: X.T@np.diag(sg(X@theta)*(1-sg(X@theta)))@X/len(X)),
    ("logistic", r"\frac{\partial^2 J}{\partial\theta\partial\theta^\top}",
     lambda X, theta, **_: X.T@np.diag(sg(X@theta)*(1-sg(X@theta)))@X/len(X)),
    ("logistic", r"\frac{\partial^2 J(\theta)}{\partial \theta^2}",
     lambda X, theta, **_: X.T@np.diag(sg(X@theta)*(1-sg(X@theta)))@X/len(X)),
    ("logistic", r"\|y - Xw\|_2^2 + \lambda\|w\|_2^2", lambda X, y, w, **k: ((y-X@w)**2).sum()+k['lambda']*(w@w)),
    ("logistic", r"(y-Xw)^\top(y-Xw)+\lambda w^\top w", lambda X, y, w, **k: ((y-X@w)**2).sum()+k['lambda']*(w@w)),
    ("logistic", r"-2X^\top(y-Xw)+2\lambda w", lambda X, y, w, **k: -2*X.T@(y-X@w)+2*k['lambda']*w),
    ("logistic", r"(X^\top X+\lambda I)^{-1}X^\top y",
     lambda X, y, **k: np.linalg.solve(X.T@X+k['lambda']*np.eye(X.shape[1]), X.T@y)),
    ("logistic", r"\left( {X}^{T}X\right) ^{-1}X^{T}y", lambda X, y, **k: np.linalg.solve(X.T@X, X.T@y)),
    ("logistic", r"\sum_{i=1}^N \max(0, 1-y_i(w^Tx_i+b))", lambda X, y, w, b, **_: np.maximum(0,1-y*(X@w+b)).sum()),
    ("logistic", r"\sum_i [1-y_i w^Tx_i]_+", lambda X, y, w, **_: np.maximum(0,1-y*(X@w)).sum()),
    ("logistic", r"-\sum_{i:\, y_iw^Tx_i<1} y_ix_i", lambda X, y, w, **_: -X.T@(y*(y*(X@w)<1))),
    ("logistic", r"\prod_{i=1}^N \sigma(w^Tx_i)^{y_i}(1-\sigma(w^Tx_i))^{1-y_i}",
     lambda X, y, w, **_: np.prod(sg(X@w)**y*(1-sg(X@w))**(1-y))),
    ("logistic", r"\frac{1}{2N}\sum_{i=1}^{N}\left(w^{\top}x_{i}-y_{i}\right)^{2}",
     lambda X, y, w, **_: ((X@w-y)**2).sum()/2/len(y)),
    ("logistic", r"\frac{\partial}{\partial z}\log(1+e^z)", lambda z, **_: sg(z)),
    ("logistic", r"\frac{d}{dz}\tanh z", lambda z, **_: 1-np.tanh(z)**2),
    ("logistic", r"\tanh'(z)", lambda z, **_: 1-np.tanh(z)**2),
    ("logistic", r"\operatorname{sech}^2(z)", lambda z, **_: 1-np.tanh(z)**2),
    ("logistic", r"\frac{d}{dz}\frac{e^z-e^{-z}}{e^z+e^{-z}}", lambda z, **_: 1-np.tanh(z)**2),
    ("net", r"\sum_k w_k", None),
    ("mat", r"\frac{\partial\, a^TXb}{\partial X} = ab^T", lambda a, b, **_: np.outer(a, b)),
    ("mat", r"\frac{\partial}{\partial X}\operatorname{tr}(XB)", lambda B, **_: B.T),
    ("mat", r"\nabla_X \operatorname{Tr}(BX)", lambda B, **_: B.T),
    ("mat", r"\nabla_x x^TAx", lambda A, x, **_: (A+A.T)@x),
    ("mat", r"\nabla_x (x^TAx)", lambda A, x, **_: (A+A.T)@x),
    ("mat", r"\nabla_{\!x}\, x^\top A x", lambda A, x, **_: (A+A.T)@x),
    ("mat", r"\frac{\partial\mathbf{x}^T\mathbf{A}\mathbf{x}}{\partial\mathbf{x}}", lambda A, x, **_: (A+A.T)@x),
    ("mat", r"\frac{\partial(x^\top Ax)}{\partial x}", lambda A, x, **_: (A+A.T)@x),
    ("mat", r"x^\top(A+A^\top)", lambda A, x, **_: (A+A.T)@x),
    ("mat", r"\sum_{i,j} A_{ij}x_ix_j", lambda A, x, **_: x@A@x),
    ("mat", r"\sum_i\sum_j A_{i,j}x_ix_j", lambda A, x, **_: x@A@x),
    ("mat", r"\sum_{ij} x_i A_{ij} x_j", lambda A, x, **_: x@A@x),
    ("mat", r"\det(A)A^{-T}", lambda A, **_: np.linalg.det(A)*np.linalg.inv(A).T),
    ("mat", r"\det(A)(A^{-1})^\top", lambda A, **_: np.linalg.det(A)*np.linalg.inv(A).T),
    ("mat", r"|A|(A^\top)^{-1}", lambda A, **_: np.linalg.det(A)*np.linalg.inv(A).T),
    ("mat", r"\frac{\partial |A|}{\partial A}", lambda A, **_: np.linalg.det(A)*np.linalg.inv(A).T),
    ("mat", r"\frac{\partial \ln|P|}{\partial P}", lambda P, **_: np.linalg.inv(P).T),
    ("mat", r"\frac{\partial \log\det P}{\partial P}", lambda P, **_: np.linalg.inv(P).T),
    ("mat", r"-A^{-1}uv^\top A^{-1}", lambda A, u, v, **_: -np.linalg.inv(A)@np.outer(u, v)@np.linalg.inv(A)),
    ("mat", r"\|X\|_F^2", lambda X, **_: (X**2).sum()),
    ("mat", r"\operatorname{tr}\{X^TX\}", lambda X, **_: (X**2).sum()),
    ("mat", r"\mathrm{tr}\left[X^\top X\right]", lambda X, **_: (X**2).sum()),
    ("mat", r"\operatorname{Tr} X^\top X", lambda X, **_: (X**2).sum()),
    ("mat", r"\langle X, Y\rangle", lambda X, Y, **_: (X*Y).sum()),
    ("mat", r"\langle X, Y\rangle_F", lambda X, Y, **_: (X*Y).sum()),
    ("mat", r"\operatorname{vec}(X)^\top\operatorname{vec}(Y)", lambda X, Y, **_: (X*Y).sum()),
    ("mat", r"x\cdot u", lambda x, u, **_: x@u),
    ("mat", r"\mathbf{x}\cdot\mathbf{u}", lambda x, u, **_: x@u),
    ("mat", r"A\cdot x", lambda A, x, **_: A@x),
    ("mat", r"u\circ v", lambda u, v, **_: u*v),
    ("mat", r"x^{\odot 2}", lambda x, **_: x*x),
    ("mat", r"x^{\circ 2}", lambda x, **_: x*x),
    ("mat", r"\frac{x}{\|x\|}", lambda x, **_: x/np.linalg.norm(x)),
    ("mat", r"\frac{\partial \|x\|}{\partial x}", lambda x, **_: x/np.linalg.norm(x)),
    ("mat", r"\frac{I}{\|x\|} - \frac{xx^T}{\|x\|^3}",
     lambda x, **_: np.eye(len(x))/np.linalg.norm(x)-np.outer(x, x)/np.linalg.norm(x)**3),
    ("mat", r"\frac{1}{\|x\|}\left(I-\frac{xx^T}{\|x\|^2}\right)",
     lambda x, **_: np.eye(len(x))/np.linalg.norm(x)-np.outer(x, x)/np.linalg.norm(x)**3),
    ("mat", r"(A+\lambda I)^{-1}", lambda A, **k: np.linalg.inv(A+k['lambda']*np.eye(len(A)))),
    ("mat", r"\operatorname{D}_x f", None),
    ("mat", r"\frac{\partial u^\top v}{\partial x}", lambda x, **_: 0*x),
    ("mat", r"\begin{bmatrix} x_1 \\ x_2 \\ \vdots \\ x_n\end{bmatrix}", lambda x, **_: x),
    ("mat", r"\begin{pmatrix} x_1 & x_2 & \cdots & x_n\end{pmatrix}", lambda x, **_: x[None]),
    ("mat", r"(x_1, x_2, \ldots, x_n)^\top", lambda x, **_: x),
    ("mat", r"[x_1,\dots,x_n]", lambda x, **_: x),
    ("mat", r"\begin{bmatrix} A_{11} & A_{12} & \cdots & A_{1n} \\ A_{21} & A_{22} & \cdots & A_{2n} "
     r"\\ \vdots & \vdots & \ddots & \vdots \\ A_{n1} & A_{n2} & \cdots & A_{nn}\end{bmatrix}",
     lambda A, **_: A),
    ("mat", r"\begin{bmatrix} \frac{\partial u^\top x}{\partial x_1} \\ \vdots \\ \frac{\partial "
     r"u^\top x}{\partial x_n}\end{bmatrix}",
     lambda u, **_: u),
    ("mat", r"x_1^2 + x_2^2 + \dots + x_n^2", lambda x, **_: x@x),
    ("mat", r"u_1v_1+\cdots+u_nv_n", lambda u, v, **_: u@v),
    ("mat", r"\begin{bmatrix} x_1^2 & & \\ & \ddots & \\ & & x_n^2\end{bmatrix}", lambda x, **_: np.diag(x**2)),
    ("mat", r"\begin{pmatrix} x_1 & 0 & \cdots & 0 \\ 0 & x_2 & \cdots & 0 \\ \vdots & \vdots & "
     r"\ddots & \vdots \\ 0 & 0 & \cdots & x_n\end{pmatrix}",
     lambda x, **_: np.diag(x)),
    ("mat", r"x'Ax", lambda x, A, **_: x@A@x),
    ("mat", r"x^{\dagger}Ax", lambda x, A, **_: x@A@x),
    ("mat", r"x^{\intercal}Ax", lambda x, A, **_: x@A@x),
    ("mat", r"\left[A\right]_{ij}", lambda A, **_: A),
    ("mat", r"(Ax)_i", lambda A, x, **_: A@x),
    ("mat", r"(AB)_{ij}", lambda A, B, **_: A@B),
    ("mat", r"A_{i:}x", lambda A, x, **_: A@x),
    ("mat", r"A_{i,:}\,x", lambda A, x, **_: A@x),
    ("mat", r"A_{i\cdot}x", lambda A, x, **_: A@x),
    ("gmm", r"\frac{1}{N_k}\sum_{n=1}^N\gamma_{nk}x_n", lambda x, gamma, **_: (gamma.T@x)/gamma.sum(0)[:, None]),
    ("gmm", r"\sum_{n=1}^N\ln\left\{\sum_{k=1}^K\pi_k\exp\left(-\frac{1}{2}\|x_n-\mu_k\|^2\right)\right\}",
     lambda x, pi, mu, **_: np.log((pi*np.exp(-.5*((x[:, None]-mu)**2).sum(-1))).sum(1)).sum()),
    ("gmm", r"\frac{1}{\sqrt{2\pi\sigma^2}}", lambda sigma, **_: 1/np.sqrt(2*np.pi*sigma**2)),
    ("gmm", r"\frac{1}{\sqrt{\pi\sigma^2}}", None),
    ("lstm", r"\frac{\partial c_t}{\partial c_{t-1}} = \operatorname{diag}(f_t)",
     lambda x_t, **k: np.diag(sg(k['W_f']@x_t+k['U_f']@k['h_{t-1}']+k['b_f']))),
    ("lstm", r"\sigma(W_fx_t+U_fh_{t-1}+b_f)", lambda x_t, **k: sg(k['W_f']@x_t+k['U_f']@k['h_{t-1}']+k['b_f'])),
    ("conv", r"(x*w)_i", lambda x, w, **_: np.correlate(x, w,'valid')),
    ("attn", r"\frac{\exp(q_i^\top k_j)}{\sum_{l}\exp(q_i^\top k_l)}", None),
    ("w2v", r"-u_o + \sum_{w=1}^V \frac{\exp(u_w^\top v_c)}{\sum_{w'=1}^V\exp(u_{w'}^\top v_c)}u_w",
     lambda U, v_c, o, **_: -U[o]+U.T@sm(U@v_c)),
    ("w2v", r"-\log\frac{\exp(u_o^\top v_c)}{\sum_{w\in\{1,\dots,V\}}\exp(u_w^\top v_c)}",
     lambda U, v_c, o, **_: -np.log(sm(U@v_c)[o])),
    ("w2v", r"-u_o^\top v_c+\log\sum_w\exp(u_w^\top v_c)", lambda U, v_c, o, **_: -np.log(sm(U@v_c)[o])),
    ("bn", r"\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}", lambda x, epsilon, **_: (x-x.mean())/np.sqrt(x.var()+epsilon)),
    ("bn", r"\frac{1}{m}\sum_{i=1}^m (x_i-\mu)^2", lambda x, **_: x.var()),
]


@cache
def context(name: str) -> DeclaredNames:
    return declare(GIVEN[name])


@cache
def data(name: str) -> dict[str, Any]:
    """Random numbers for everything declared, the same for all displays."""
    rng = np.random.default_rng(0)
    declared = context(name)
    sizes = {s: SIZES[s] for s in declared.sizes}
    found: dict[str, Any] = dict(sizes)
    for record in declared.all():
        if not isinstance(record, Quantity):
            continue
        v = record.value
        if isinstance(v, Label):
            found[v.name] = 1
        elif isinstance(v, Tensor):
            shape = tuple(int(n.subs({declared.sizes[s]: k for s, k in sizes.items()})) for n in v.shape)
            a = rng.normal(size=shape)
            if "positive" in v.properties:
                a = np.abs(a) + 0.1
            if "sums_to_one" in v.properties:
                a = a / a.sum()
            if "positive_definite" in v.properties:
                a = a @ a.T + np.eye(len(a))
            found[v.name] = a if shape else float(a) + 3 * (v.name == "c")
    return found


def over_letters(expr: Expr) -> Expr:
    """An expression with free letters as an array over them, in alphabetical order, its own axes behind."""
    letters = sorted(letters_in(expr), key=str)
    if not letters:
        return expr
    own = [Index(f"{i}_", 1, i.hi - i.lo + 1) for i in letters]
    tail = tuple(Index(f"{c}_", 1, n) for c, n in zip("rs", shape_of(expr), strict=False))
    body = settled(at(expr, tail)) if tail else expr
    return Named("side", (*own, *tail), substituted(body, {i: o + (i.lo - 1) for i, o in zip(letters, own, strict=True)}))


def sides(name: str, text: str) -> list[Expr]:
    """The sides of the first relation of a line that have a value."""
    line = parse_line(text, context(name))
    part = line.parts[0]
    trees = [s for s in (part.sides if isinstance(part, t.Relation) else (part,)) if s is not None]
    found = []
    for tree in trees:
        elaborator = Elaborator(context(name), SourceText(text), ReadingChoices(), whole=t.Sequence(tuple(trees)))
        value = elaborator.of(tree)
        found.append(over_letters(value.expr if value.shape else settled(value.expr)))
    return found


@pytest.mark.parametrize(("name", "text", "truth"), [c for c in CASES if c[2] is not None])
def test_a_display_has_the_value_that_is_meant(name: str, text: str, truth: Callable[..., Any]) -> None:
    numbers = data(name)
    want = np.squeeze(truth(**numbers))
    for expr in sides(name, text):
        names = Variables([expr]).names
        got = np.squeeze(sd.evaluate(expr, **{k: v for k, v in numbers.items() if k in names}))
        assert got.shape == want.shape
        np.testing.assert_allclose(got, want, atol=1e-9)


@pytest.mark.parametrize(("name", "text"), [c[:2] for c in CASES if c[2] is not None])
def test_a_display_is_written_as_it_is_read(name: str, text: str) -> None:
    line = parse_line(text, context(name))
    assert parse_line(latex(line), context(name)) == line


@pytest.mark.parametrize(("name", "text"), [c[:2] for c in CASES if c[2] is None])
def test_what_has_no_value_is_refused(name: str, text: str) -> None:
    with pytest.raises(SymderivError):
        sides(name, text)


@pytest.mark.parametrize(("right", "wrong"), [
    ("p_i - y_i", "p_i + y_i"), (r"p_i(\delta_{ij} - p_j)", r"p_i(\delta_{ij} - p_i)"), (r"\log p_i", r"\log_2 p_i"),
    (r"\sum_{j\neq i} p_j", r"\sum_{j} p_j"), (r"e^{z_i}", r"e^{-z_i}"),
])
def test_a_changed_display_has_another_value(right: str, wrong: str) -> None:
    """Guards the tests above: they see a sign, a letter and a condition."""
    numbers = data("softmax")
    values = [np.asarray(sd.evaluate(e, **{k: v for k, v in numbers.items() if k in Variables([e]).names}))
              for text in (right, wrong) for e in sides("softmax", text)]
    assert values[0].shape != values[1].shape or not np.allclose(*values)


@pytest.mark.parametrize(("text", "name"), [
    (r"\binom{n}{2}", "binomial coefficient"), (r"7 \bmod 3", "remainder"),
    (r"\lim_{a \to 0} a", "limit"), (r"a = b \impliedby b = a", "arrow that points back"),
])
def test_a_notation_that_is_not_read_is_refused_by_its_name(text, name):
    line = sd.verify([text if "=" in text else f"{text} = 1"], "a, b: scalar; x: n").lines[0]
    assert line.status == "unread"
    assert name in line.message


def test_the_derivative_of_the_exponential_is_read_as_it_is_printed():
    A, E = (sd.tensor(name, 3, 3) for name in "AE")
    e = sd.expm_frechet(A, E)
    assert sd.parse(sympy.latex(e), A=A, E=E) == e and sd.parse(sympy.latex(e.T @ A), A=A, E=E) == e.T @ A


@pytest.mark.parametrize("size", ["p", "d"])
@pytest.mark.parametrize("left", ["d2L/dw2", "d^2L/dw^2", "d^2 L/dw^2", "d^2 L / d w^2"])
def test_second_derivatives_in_one_line(left: str, size: str) -> None:
    given = f"X: n {size}; w: {size}; y: n; L = norm(X*w-y)^2"
    lines = sd.verify([f"{left} = 2*X'*X", f"{left} = X'*X"], given).lines
    assert [line.status for line in lines] == ["proved", "refuted"]
