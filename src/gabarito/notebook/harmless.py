"""Names of libraries whose use is known to be harmless: it changes nothing but the objects that it is given.

What is not named here is taken to be able to do anything. A test in `tests/notebook/test_harmless.py` looks that each
name is there in its library, and that none is a module.
"""

from __future__ import annotations

MODULES = frozenset(
    {"cmath", "gabarito.testing", "itertools", "math", "matplotlib.pyplot", "numpy", "numpy.linalg", "numpy.random"}
    | {"numpy.testing", "random", "statistics", "sys", "time", "torch", "torch.autograd", "torch.autograd.functional"}
    | {"torch.linalg", "torch.nn", "torch.nn.functional", "torch.optim", "torch.special", "torch.testing"}
    | {"torch.utils.data", "torchvision", "torchvision.datasets", "torchvision.transforms", "typing", "warnings"}
    | {"collections.abc"}
)
"""Modules that may be imported: they keep nothing that later code would see, but for what is named in none of these."""


def _words(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


def _paths(module: str, *names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in _words(*names))


_ELEMENTWISE = (
    "abs absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_not bitwise_or "
    "bitwise_xor ceil clip cos cosh divide equal exp exp2 expm1 floor floor_divide fmod gcd greater greater_equal "
    "isclose isfinite isinf isnan lcm less less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and "
    "logical_not logical_or logical_xor maximum minimum multiply negative nan_to_num not_equal reciprocal "
    "remainder round sign sin sinc sinh sqrt square subtract tan tanh true_divide trunc where"
)
_SHAPES = (
    "broadcast_to concatenate diag diagonal dot einsum flip fliplr flipud hstack inner kron matmul meshgrid moveaxis "
    "ravel reshape roll rot90 squeeze stack swapaxes tensordot tile trace transpose tril triu vstack"
)
_REDUCED = (
    "all allclose any argmax argmin argsort argwhere bincount count_nonzero cumprod cumsum diff histogram max mean "
    "median min nanmean nansum nonzero outer prod quantile searchsorted std sum unique var"
)
_MADE = "arange empty empty_like eye full full_like linspace logspace ones ones_like zeros zeros_like"
_FUNCTIONS = (
    _paths("numpy", _ELEMENTWISE, _SHAPES, _REDUCED, _MADE)
    | _paths("numpy", "array array_equal asarray ascontiguousarray atleast_1d atleast_2d average broadcast_arrays")
    | _paths("numpy", "broadcast_shapes column_stack copy corrcoef cov cross delete expand_dims identity insert interp")
    | _paths("numpy", "isin ndim percentile polyfit polyval ptp repeat shape size sort split take trapezoid vdot")
    | _paths("numpy", "fill_diagonal shares_memory may_share_memory count_nonzero sum intersect1d gradient power")
    | _paths("numpy.linalg", "cholesky cond det eig eigh eigvals eigvalsh inv lstsq matrix_rank norm pinv qr solve svd")
    | _paths("torch", _ELEMENTWISE, _SHAPES, _REDUCED, _MADE)
    | _paths("torch", "addbmm addcdiv addcmul addmm addmv addr amax amin as_tensor atan2 baddbmm bmm broadcast_shapes")
    | _paths("torch", "broadcast_tensors cat cdist chunk clamp clamp_max clamp_min clone column_stack cross div dist")
    | _paths(
        "torch", "erf erfc flatten from_numpy ge gather ger gt index_select is_complex is_floating_point is_tensor"
    )
    | _paths("torch", "isin le logsumexp lt mm movedim mul mv narrow ne neg norm numel pow permute relu result_type")
    | _paths(
        "torch", "promote_types rsqrt scatter select sgn sigmoid softmax log_softmax sort split std_mean sub t take"
    )
    | _paths("torch", "tensor topk unbind unsqueeze var_mean vdot square acos asin atan acosh")
    | _paths("torch", "asinh atanh concat dstack matrix_exp repeat_interleave unflatten unfold_copy chain_matmul numel")
    | _paths("torch", "get_default_dtype is_grad_enabled can_cast detach rsub tile heaviside hypot lerp logit softmax")
    | _paths("torch.linalg", "cholesky cond cross det eig eigh eigvals eigvalsh inv lstsq matrix_norm matrix_rank norm")
    | _paths("torch.linalg", "multi_dot pinv qr slogdet solve svd svdvals vector_norm vecdot")
    | _paths("torch.nn.functional", "binary_cross_entropy binary_cross_entropy_with_logits cross_entropy elu gelu")
    | _paths("torch.nn.functional", "l1_loss leaky_relu linear log_softmax logsigmoid mse_loss nll_loss normalize")
    | _paths("torch.nn.functional", "one_hot pad relu relu6 selu sigmoid silu smooth_l1_loss softmax softmin softplus")
    | _paths("torch.nn.functional", "softsign tanh threshold cosine_similarity hardtanh kl_div pairwise_distance")
    | _paths("torch.special", "entr erf erfc exp2 expit expm1 gammaln log1p log_softmax logit logsumexp sinc softmax")
    | _paths("torch.autograd", "backward grad")
    | _paths("torch.autograd.functional", "hessian hvp jacobian jvp vhp vjp")
    | _paths(
        "math", "acos acosh asin asinh atan atan2 atanh ceil comb copysign cos cosh degrees dist erf erfc exp expm1"
    )
    | _paths(
        "math", "fabs factorial floor fmod frexp fsum gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp"
    )
    | _paths("math", "lgamma log log10 log1p log2 modf perm pow prod radians remainder sin sinh sqrt tan tanh trunc")
    | _paths("cmath", "exp log phase polar rect sqrt")
    | _paths("statistics", "fmean mean median mode pstdev pvariance stdev variance")
    | _paths("itertools", "accumulate chain combinations count cycle islice pairwise permutations product repeat")
    | _paths("torch.cuda", "is_available")
    | _paths("itertools", "starmap takewhile dropwhile zip_longest compress filterfalse groupby tee")
    | _paths("sys.stderr", "flush write")
    | _paths("sys.stdout", "flush write")
    | _paths("warnings", "warn")
)
_CONSTANTS = (
    _paths("numpy", "bool_ complex128 complex64 e float16 float32 float64 inf int16 int32 int64 int8 nan newaxis pi")
    | _paths("numpy", "uint8")
    | _paths("torch", "bfloat16 bool complex128 complex64 double e float float16 float32 float64 half inf int int16")
    | _paths("torch", "int32 int64 int8 long nan pi strided uint8 short")
    | _paths("math", "e inf nan pi tau")
    | _paths("cmath", "pi e")
    | _paths("sys", "float_info maxsize stderr stdout")
)
CHANCE = (
    _paths("time", "monotonic perf_counter perf_counter_ns process_time time time_ns")
    | _paths("numpy", "empty empty_like")
    | _paths("torch", "empty empty_like")
)
"""Functions that give something else in each run: they read a clock, or memory that nobody has written to."""
CHANCE_BUILTINS = _words("frozenset object set")
"""Built-in functions of which something is another one in each process: an order, or an address."""
DRAWS = (
    _paths(
        "torch", "bernoulli multinomial normal poisson rand rand_like randint randint_like randn randn_like randperm"
    )
    | _paths("torch.nn.functional", "alpha_dropout dropout dropout1d dropout2d gumbel_softmax")
    | _paths("numpy.random", "binomial choice default_rng exponential normal permutation poisson rand randint randn")
    | _paths("numpy.random", "random random_sample shuffle standard_normal uniform")
    | _paths("random", "choice choices gauss getrandbits normalvariate randint random randrange sample shuffle uniform")
)
"""Functions that draw random numbers, of one of the streams that a seed begins, or of none that can be foreseen."""
SEEDS = {
    "torch.manual_seed": "torch",
    "numpy.random.seed": "numpy",
    "random.seed": "random",
}
"""Functions that begin a stream of random numbers, and the library whose it is."""
TYPES = (
    _paths("torch", "Generator Size Tensor device dtype finfo iinfo")
    | _paths("torch.nn", "BCELoss BCEWithLogitsLoss CrossEntropyLoss Flatten GELU Identity LogSoftmax MSELoss Module")
    | _paths("torch.nn", "NLLLoss Parameter ReLU Sequential Sigmoid Softmax Tanh MaxPool2d AvgPool2d")
    | _paths("torch.optim", "Adam AdamW LBFGS RMSprop SGD")
    | _paths("torch.utils.data", "Subset TensorDataset")
    | _paths("torchvision.datasets", "FashionMNIST MNIST")
    | _paths("torchvision.transforms", "Compose Normalize ToTensor")
    | _paths("numpy", "dtype finfo floating generic iinfo integer ndarray number")
    | _paths("random", "Random")
)
"""Classes, which are only to be called or looked for: what is set on one would be on all that it made."""
DRAWING_TYPES = _paths("torch.nn", "BatchNorm1d BatchNorm2d Bilinear Conv1d Conv2d Dropout Embedding Linear") | _paths(
    "torch.utils.data", "DataLoader"
)
"""The same, of what draws random numbers when it is made or used."""
UNFILLED_TYPES = frozenset({"numpy.ndarray", "torch.Tensor"})
"""Of these, what gives memory that nobody has written to where it is called."""
FIGURES = _paths(
    "matplotlib.pyplot",
    "axhline axvline axis bar close colorbar figure gca gcf grid hist imshow legend loglog plot scatter",
    "semilogx semilogy show subplot subplots suptitle tight_layout title xlabel xlim xscale ylabel ylim yscale",
)
"""Functions that share figures, and change nothing else."""
FIXED = _CONSTANTS - {"sys.stderr", "sys.stdout"}
"""Of what may be handed on, that on which nothing can be set."""
SAFE = _FUNCTIONS | _CONSTANTS | CHANCE | DRAWS | SEEDS.keys()
"""What may be called, or handed on as a value."""
INSTRUCTORS = SAFE | (
    _paths("gabarito.testing", "MATRIX_PRODUCTS assert_close assert_device assert_distribution assert_dtype")
    | _paths("gabarito.testing", "assert_faster assert_gradient assert_in_place assert_no_call assert_peak_memory")
    | _paths("gabarito.testing", "assert_scaling assert_shape assert_shares_memory assert_stable assert_unchanged")
    | _paths("gabarito.testing", "assert_vectorized count_operations")
    | _paths("torch.testing", "assert_close")
    | _paths("torch.autograd", "gradcheck gradgradcheck")
    | _paths("numpy.testing", "assert_allclose assert_almost_equal assert_array_almost_equal assert_array_equal")
    | _paths("numpy.testing", "assert_array_less assert_equal assert_raises")
)
"""What may be called, or handed on, in the instructor's cells."""
INSTRUCTORS_DRAWS = _paths("torch.autograd", "gradcheck gradgradcheck")
"""Of these, what draws random numbers."""
INSTRUCTORS_CHANCE = _paths("gabarito.testing", "assert_faster assert_scaling")
"""Of these, what rests on a clock."""
LOOKING = (
    _paths("torch", _ELEMENTWISE, _SHAPES, _REDUCED, _MADE)
    | _paths("torch", "as_tensor cat clone is_floating_point is_tensor mm norm numel relu sigmoid softmax tensor topk")
    | _paths("torch.linalg", "cond det eigvals inv matrix_norm matrix_rank norm vector_norm")
    | _paths("torch.testing", "assert_close")
    | _paths("gabarito.testing", "assert_close assert_device assert_dtype assert_shape")
    | _paths("numpy", "allclose array_equal isclose ndim shape size")
    | _paths("numpy.testing", "assert_allclose assert_almost_equal assert_array_almost_equal assert_array_equal")
    | _paths("numpy.testing", "assert_array_less assert_equal")
    | _paths("math", "ceil copysign cos exp fabs floor isclose isfinite isinf isnan log log10 log2 pow sin sqrt tan")
)
"""Of these, what only reads what it is given, and goes through no iterator, unless a keyword says otherwise."""
LOOKING_AT_ONE = _paths("numpy", _ELEMENTWISE, "argmax argmin max mean median min prod std transpose var")
"""The same with one argument: a later one may be the place for the result."""
LOOKING_KEYWORDS = _words(
    "atol axis check_device check_dtype correction decimals descending device diagonal dim dims dtype equal_nan "
    "err_msg keepdim keepdims largest name ord requires_grad rtol sorted start step stop strict unbiased"
)
"""Keywords by which none of these does more."""
CONTEXTS = frozenset({"torch.no_grad", "torch.enable_grad", "torch.inference_mode", "numpy.errstate"})
"""What a `with` may begin: it ends with the block."""
BUILTINS = _words(
    "abs all any bin bool bytes callable chr complex dict divmod enumerate filter float frozenset hex int isinstance "
    "iter len list map max min next object oct ord pow print range repr reversed round set slice sorted str sum tuple "
    "zip ArithmeticError AssertionError AttributeError BaseException Exception FloatingPointError IndexError KeyError "
    "LookupError NameError NotImplemented NotImplementedError OverflowError RecursionError RuntimeError StopIteration "
    "SyntaxError TypeError UserWarning ValueError Warning ZeroDivisionError RuntimeWarning DeprecationWarning"
)
"""Built-in functions that do nothing but with what they are given."""
CALLED_BUILTINS = frozenset({"input"})
"""Built-in functions that may only be called: nobody answers this one where notebooks are graded, so it always raises.
There it is a function of Python, which could be given attributes."""
INSTRUCTORS_BUILTINS = BUILTINS | {"hasattr", "type"}
"""The same in the instructor's cells, where it is known what they are given."""
GOING_THROUGH = _words("all any enumerate frozenset list max min set sorted sum tuple zip")
"""Built-in functions that go through what they are given, to the end of an iterator."""
LOOKING_BUILTINS = GOING_THROUGH | _words(
    "abs bool callable complex divmod float hasattr hex int isinstance len oct ord pow range repr round slice str type"
)
"""Built-in functions that change nothing but the iterators that they go through."""
METHODS = _words(
    *(_ELEMENTWISE, _SHAPES, _REDUCED),
    # of tensors and arrays
    "H T addbmm addcdiv addcmul addmm addmv addr amax amin argpartition as_strided astype backward baddbmm base bmm "
    "bool byte cat chunk clamp clamp_max clamp_min clone conj contiguous copy cpu cross detach device dim div "
    "double dtype element_size erf expand expand_as fill fill_diagonal_ flatten float ge gather grad grad_fn gt half "
    "imag index_add index_select int is_contiguous is_floating_point is_leaf item itemsize le logsumexp long lt "
    "mH mT masked_fill masked_select mm mul mv name nbytes ndim ndimension ne neg nelement norm numel numpy permute "
    "pow real relu repeat requires_grad requires_grad_ reshape_as resize retain_grad retains_grad rsqrt scatter select "
    "shape sigmoid size softmax log_softmax sort split stride strides sub t take take_along_axis to tolist topk type "
    "unbind unflatten unfold unsqueeze view view_as expm1 is_sparse is_cuda movedim narrow mode "
    "abs_ add_ addbmm_ addcdiv_ addcmul_ addmm_ addmv_ addr_ baddbmm_ ceil_ clamp_ copy_ cos_ detach_ div_ exp_ fill_ "
    "floor_ index_copy_ log_ masked_fill_ mul_ multiply_ neg_ pow_ put_ reciprocal_ relu_ round_ scatter_ sigmoid_ "
    "sin_ sqrt_ square_ sub_ subtract_ t_ tanh_ transpose_ unsqueeze_ squeeze_ zero_ "
    # of lists, dicts, sets, texts and numbers
    "append clear count difference discard endswith extend find get index insert intersection is_integer isdigit "
    "issubset issuperset items join keys lower lstrip partition pop popitem remove replace reverse rfind rsplit "
    "rstrip setdefault splitlines startswith strip symmetric_difference title union update upper values zfill "
    # of models, optimizers, data sets, generators and figures
    "axhline axvline bar bias children classes data dataset eval fill_between grid hist imshow in_features legend",
    "layers loglog manual_seed named_parameters out_features parameters plot scatter semilogy set_title set_xlabel",
    "set_xlim set_ylabel set_ylim state_dict step targets text train weight zero_grad",
    # of what functions of libraries give, and of errors
    "eps tiny values indices eigenvalues eigenvectors args bits resolution",
)
"""Attributes and methods of values: whatever value has one, it gives or changes nothing but that value."""
LOOKING_METHODS_AT_ONE = _words(
    *(_ELEMENTWISE, _SHAPES, _REDUCED),
    "astype bool byte clone contiguous copy count cpu detach dim double element_size endswith flatten float ge get gt "
    "half index int is_contiguous is_floating_point isdigit item itemsize le logsumexp long lower lstrip lt "
    "mm mv ndimension ne nelement norm numel numpy relu rsplit rstrip select sigmoid softmax split splitlines "
    "startswith stride strip sub t title to tolist topk type upper values",
) - {"add"}
"""Of these, what changes nothing with one argument: a later one may be the place for the result. Sets have an `add`."""
LOOKING_METHODS = _words("expand permute replace reshape size transpose view where")
"""The same with any number."""
CONVERTING_METHODS = _words("cpu double float half to type")
"""Of these, what changes a model, although it only looks at a tensor."""
MODEL_TYPES = frozenset(p for p in TYPES | DRAWING_TYPES if p.startswith(("torch.nn.", "torchvision.")))
"""Classes of models."""
DATA_TYPES = frozenset(p for p in TYPES | DRAWING_TYPES if p.startswith(("torch.utils.data.", "torchvision.")))
"""Classes of what may run a function of the notebook's where an element is read."""
DRAWING_METHODS = _words(
    "bernoulli bernoulli_ exponential_ integers multinomial normal normal_ permutation random random_ shuffle choice "
    "standard_normal uniform uniform_"
)
"""Methods that draw random numbers."""
INSTRUCTORS_METHODS = frozenset({"__name__", "format", "next_functions"})
"""What the instructor's cells may use besides: it shows something of a value, and changes nothing."""
SET = frozenset({"grad", "requires_grad", "data"})
"""Attributes that may be set."""
MAGICS = _words(
    "alias alias_magic autoawait autocall automagic bookmark cat cd code_wrap colors conda config cp debug dhist dirs",
    "doctest_mode ed edit env gui hist history killbgscripts ldir less lf lk ll load load_ext loadpy logoff logon",
    "logstart logstate logstop ls lsmagic lx macro magic mamba man matplotlib micromamba mkdir more mv notebook page",
    "pastebin pdb pdef pdoc pfile pinfo pinfo2 pip popd pprint precision prun psearch psource pushd pwd pycat pylab",
    "quickref recall rehashx reload_ext rep rerun reset reset_selective rm rmdir run save sc set_env store sx system",
    "tb time timeit unalias unload_ext uv who who_ls whos xdel xmode",
)
"""IPython's magics that a line may begin with although it is Python, and that may do anything."""
