#!/bin/sh
# Installs the packages of /opt/gabarito/packages.lock into /opt/gabarito/venv, then removes pip.
# usage: install.sh TORCH_INDEX
set -eu
lock=/opt/gabarito/packages.lock
pip() { python -m pip -qq --disable-pip-version-check --no-cache-dir "$@"; }

# PyPI has no builds that are named "+cpu": unless pip's settings name a place that has, they come from torch's own index.
grep -E '^(torch|torchvision)==' "$lock" >/opt/gabarito/torch.lock
if grep -q '+cpu$' /opt/gabarito/torch.lock; then
    pip install --no-deps --no-compile -r /opt/gabarito/torch.lock 2>/opt/gabarito/said \
        || pip install --no-deps --no-compile --index-url "$1" -r /opt/gabarito/torch.lock \
        || { cat /opt/gabarito/said >&2; exit 1; }
fi
pip install --no-deps --no-compile -r "$lock"
pip check
pip uninstall --yes pip
packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo /opt/gabarito/src >"$packages/gabarito.pth"
# Where nobody may write, what is not compiled now is compiled at each start. Some files can't be; tests need not.
python -m compileall -qq -j 0 -x '/tests/' "$packages" || true

if grep -q '+cpu$' /opt/gabarito/torch.lock && ! python -c 'import torchvision' 2>/dev/null; then
    # Where an index has torch for CPUs, but torchvision for CUDA only, its compiled operators can't be loaded (nms, roi_align,
    # decoding of images). This file describes them to torch, and fails without them; models, datasets, transforms don't.
    : >"$packages/torchvision/_meta_registrations.py"
    python -m compileall -qq "$packages/torchvision/_meta_registrations.py"
    python -c 'import torchvision'
    echo "torchvision is here without its operators (nms, roi_align, …): this index has no build of it for CPUs" >&2
fi
rm -rf /tmp/* /root/.cache /opt/gabarito/torch.lock /opt/gabarito/said /opt/gabarito/install.sh
