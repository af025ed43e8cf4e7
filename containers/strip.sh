#!/bin/sh
# Takes away what a worker doesn't need: every program but those of the packages below, the package manager, Perl,
# documentation, set-user-id bits. Runs once, as root, in a container of the base image while the image is built.
set -eu

# Programs that cells may call with `!` and `%%bash`, and those that Python itself calls.
kept="bash coreutils dash debianutils diffutils findutils gawk grep gzip hostname libc-bin mawk sed tar"

kept=$(for package in $kept $(dpkg-query --show --showformat '${Package}\n' | grep '^python3'); do
    dpkg-query --listfiles "$package" 2>/dev/null || true
done | grep -E '^(/usr)?/s?bin/' | sed 's|.*/||' | sort -u)

for program in /usr/bin/* /usr/sbin/* /bin/* /sbin/*; do
    [ -d "$program" ] && continue
    target=$(readlink -f "$program" || echo "$program")
    for name in "$program" "$target"; do
        echo "$kept" | grep -q -x -F -e "${name##*/}" && continue 2
    done
    echo "$program"
done >/opt/gabarito/programs
xargs rm -f </opt/gabarito/programs

rm -rf /etc/apt /etc/dpkg /usr/lib/apt /usr/lib/dpkg /usr/share/dpkg /var/lib/apt /var/lib/dpkg \
    /etc/perl /usr/share/perl* /usr/lib/*/perl* /usr/lib/*/libperl* \
    /usr/share/doc /usr/share/info /usr/share/locale /usr/share/man /usr/share/python-wheels \
    /usr/lib/python3/dist-packages /usr/local/bin/pip* /usr/local/bin/idle* /usr/local/bin/pydoc* \
    /usr/local/lib/python3*/site-packages/* /usr/local/lib/python3*/ensurepip/_bundled \
    /etc/cron* /etc/init.d /etc/pam.d /etc/systemd /usr/lib/systemd /usr/src \
    /var/backups/* /var/cache/* /var/log/* /var/mail/* /run/* /root/.[!.]* || true

# Nothing gains rights by being started, and nobody but root has a folder to write to.
find / -xdev \( -type f -o -type d \) -perm /6000 -exec chmod a-s {} +
find / -xdev -type d -perm -o+w ! -path '/proc/*' ! -path '/dev/*' ! -path '/sys/*' ! -path /tmp ! -path /var/tmp \
    -exec chmod o-w {} +
rm -rf /tmp/* /opt/gabarito/programs /opt/gabarito/strip.sh
