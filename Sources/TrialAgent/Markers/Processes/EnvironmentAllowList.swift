import Trials

/// Which variables of a process's environment are recorded: those that change what a run computes, or say where it ran, and no
/// others, as environments hold secrets.
struct EnvironmentAllowList: Hashable, Sendable {
    /// What a project's configuration adds.
    var additions: [GlobPattern] = []

    private static let names: Set<String> = [
        "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "CUDA_LAUNCH_BLOCKING", "CUBLAS_WORKSPACE_CONFIG",
        "NVIDIA_VISIBLE_DEVICES", "NVIDIA_TF32_OVERRIDE", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES",
        "ONEAPI_DEVICE_SELECTOR", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS",
        "BLIS_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "JULIA_NUM_THREADS",
        "OPENBLAS_CORETYPE", "MKL_CBWR", "OMP_PROC_BIND", "OMP_PLACES", "PYTHONHASHSEED", "PYTHONPATH",
        "PYTHONOPTIMIZE", "TF_DETERMINISTIC_OPS", "TF_CUDNN_DETERMINISTIC", "TF_ENABLE_ONEDNN_OPTS",
        "TF_FORCE_GPU_ALLOW_GROWTH", "XLA_FLAGS", "XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_PYTHON_CLIENT_MEM_FRACTION",
        "JAX_PLATFORMS", "JAX_ENABLE_X64", "PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ENABLE_MPS_FALLBACK", "RANK",
        "WORLD_SIZE",
        "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "MASTER_ADDR", "MASTER_PORT", "CONDA_DEFAULT_ENV", "CONDA_PREFIX",
        "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LD_PRELOAD", "LANG", "LC_ALL", "TZ", "JULIA_PROJECT", "R_LIBS",
        "R_LIBS_USER",
    ]
    /// Of schedulers: the job, its array, its nodes, its limits.
    private static let prefixes = ["SLURM_", "PBS_", "LSB_", "NCCL_", "OMPI_COMM_WORLD_", "PMI_"]

    /// Whether a variable of this name is recorded; one whose name speaks of a secret only where it is asked for by its own.
    func holds(_ name: String) -> Bool {
        if additions.contains(where: { $0.literal == name }) { return true }
        guard SecretName(name) == nil, !name.hasPrefix("SLURM_JWT"), name != "PBS_JOBCOOKIE" else { return false }
        return Self.names.contains(name) || Self.prefixes.contains(where: name.hasPrefix)
            || additions.contains { $0.matches(name) }
    }
}
