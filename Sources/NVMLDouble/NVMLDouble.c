// Stands in for NVIDIA's libnvidia-ml.so.1 in tests: two devices, or the failure that NVML_DOUBLE_FAILS names by its code.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failure(void) {
    const char *code = getenv("NVML_DOUBLE_FAILS");
    return code ? atoi(code) : 0;
}

// The library opens its driver's devices; one that may not be opened (EPERM, as a service's device policy answers) is no
// permission, and one without a driver behind it, or none, is none of the double's business.
int nvmlInit_v2(void) {
    int device = open("/dev/nvidia0", O_RDWR | O_CLOEXEC);
    int isDenied = device < 0 && errno == EPERM;
    if (device >= 0) close(device);
    return isDenied ? 4 : failure();
}
int nvmlShutdown(void) { return 0; }

int nvmlSystemGetDriverVersion(char *version, unsigned length) {
    return snprintf(version, length, "535.104.05") < (int)length ? 0 : 7;
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
    *version = 12020;
    return 0;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
    *count = 2;
    return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = (void *)(unsigned long)(index + 1);
    return 0;
}

int nvmlDeviceGetName(void *device, char *name, unsigned length) {
    return snprintf(name, length, "NVIDIA A100-SXM4-%s", device == (void *)1 ? "40GB" : "80GB") < (int)length ? 0 : 7;
}

int nvmlDeviceGetUUID(void *device, char *uuid, unsigned length) {
    return snprintf(uuid, length, "GPU-%lu", (unsigned long)device) < (int)length ? 0 : 7;
}

int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *memory) {
    // The second device's memory is nobody's to know.
    if (device != (void *)1) return 3;
    memory[0] = 42949672960ULL;
    memory[1] = memory[2] = 0;
    return 0;
}

int nvmlDeviceGetPciInfo_v3(void *device, char *info) {
    memset(info, 0, 68);
    snprintf(info + 36, 32, "00000000:%02lX:00.0", 0x64 + (unsigned long)device);
    return 0;
}
