/* A libnvidia-ml that answers from a text file, which the variable GABARITO_TEST_NVML names; read anew at each call.
 *
 * Lines: "init CODE", "gpu UUID BYTES NAME", "mig UUID BYTES NAME" (an instance of the gpu above),
 * "process UUID PID BYTES" (-1: not known), "fail FUNCTION CODE". Without the variable there is no driver.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, INVALID = 2, UNSUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, NO_DRIVER = 9 };
#define MOST 16

typedef struct { char uuid[96], name[96]; unsigned long long memory; int parent; } device;
typedef struct { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; } process;
typedef struct { unsigned long long total, free, used; } memory;

static device devices[MOST];
static process processes[MOST];
static char owners[MOST][96];
static int device_count, process_count;

static int look(const char *function) {
    const char *path = getenv("GABARITO_TEST_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[512], word[96];
    int code = OK, number, parent = -1;
    if (!file) return NO_DRIVER;
    device_count = process_count = 0;
    while (fgets(line, sizeof line, file)) {
        device d = {.parent = -1};
        long long bytes;
        unsigned pid;
        if (sscanf(line, "init %d", &number) == 1 && !strcmp(function, "init")) code = number;
        if (sscanf(line, "fail %95s %d", word, &number) == 2 && !strcmp(function, word)) code = number;
        if (sscanf(line, "gpu %95s %llu %95[^\n]", d.uuid, &d.memory, d.name) == 3) {
            parent = device_count;
            devices[device_count++] = d;
        } else if (sscanf(line, "mig %95s %llu %95[^\n]", d.uuid, &d.memory, d.name) == 3) {
            d.parent = parent;
            devices[device_count++] = d;
        } else if (sscanf(line, "process %95s %u %lld", word, &pid, &bytes) == 3) {
            strcpy(owners[process_count], word);
            processes[process_count++] = (process){pid, (unsigned long long)bytes, 0, 0};
        }
    }
    fclose(file);
    return code;
}

static int nth(int parent, unsigned index) {
    for (int i = 0; i < device_count; i++)
        if (devices[i].parent == parent && index-- == 0) return i;
    return -1;
}

static int give(int i, device **handle) {
    if (i < 0) return NOT_FOUND;
    *handle = &devices[i];
    return OK;
}

int nvmlInitWithFlags(unsigned flags) { return look("init"); }
int nvmlInit(void) { return look("init"); }
int nvmlInit_v2(void) { return look("init"); }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return "an error of the test's"; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    int code = look("count");
    *count = 0;
    for (int i = 0; i < device_count; i++) *count += devices[i].parent < 0;
    return code;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, device **handle) {
    char name[32];
    int code;
    snprintf(name, sizeof name, "handle%u", index);
    code = look(name);
    return code ? code : give(nth(-1, index), handle);
}

int nvmlDeviceGetHandleByUUID(const char *uuid, device **handle) {
    int code = look("uuid");
    for (int i = 0; i < device_count; i++)
        if (!strcmp(devices[i].uuid, uuid)) return code ? code : give(i, handle);
    return code ? code : NOT_FOUND;
}

int nvmlDeviceGetName(device *d, char *name, unsigned size) {
    snprintf(name, size, "%s", d->name);
    return OK;
}

int nvmlDeviceGetUUID(device *d, char *uuid, unsigned size) {
    snprintf(uuid, size, "%s", d->uuid);
    return OK;
}

int nvmlDeviceGetMemoryInfo(device *d, memory *m) {
    int code = look("memory");
    *m = (memory){d->memory, d->memory, 0};
    return code;
}

int nvmlDeviceGetMigMode(device *d, unsigned *now, unsigned *later) {
    int code = look("mig");
    *now = *later = nth((int)(d - devices), 0) >= 0;
    return code ? code : *now || d->parent >= 0 ? OK : UNSUPPORTED;
}

int nvmlDeviceGetMaxMigDeviceCount(device *d, unsigned *count) {
    *count = 7;
    return OK;
}

int nvmlDeviceGetMigDeviceHandleByIndex(device *d, unsigned index, device **handle) {
    return give(nth((int)(d - devices), index), handle);
}

int nvmlDeviceGetComputeRunningProcesses_v3(device *d, unsigned *count, process *found) {
    char uuid[96];
    unsigned room = *count, n = 0;
    strcpy(uuid, d->uuid);
    int code = look("processes");
    if (code) return code;
    for (int i = 0; i < process_count; i++) {
        if (strcmp(owners[i], uuid)) continue;
        if (found && n < room) found[n] = processes[i];
        n++;
    }
    *count = n;
    return n > room || (n && !found) ? TOO_SMALL : OK;
}
