# family: codec bombs
# tries: to return arrays and tensors of the kinds that serializers get wrong

# %% answer cube normalise softmax bump values
import ctypes


def cube(x):
    inner = np.empty(len(x), dtype=object)
    inner[:] = [inner] * len(x)
    return inner


def normalise(x):
    kind = np.dtype({"names": ["a", "b"], "formats": ["<f8", "O"], "offsets": [0, 1 << 10], "itemsize": 1 << 20})
    return np.zeros(x.shape, dtype=kind)


def softmax(z):
    return torch.empty(z.shape, device="meta")


def bump(x):
    return torch.sparse_coo_tensor(torch.zeros(1, 4, dtype=torch.int64), torch.ones(4), (9,))


primes = np.ma.masked_all(6)
golden = np.datetime64("NaT")
W = torch.quantize_per_tensor(torch.zeros(3, 3), 0.1, 0, torch.quint8)
