import Testing

@testable import TrialAgent

@Suite struct EnvironmentAllowListTests {
    @Test(arguments: [
        ("CUDA_VISIBLE_DEVICES", true), ("SLURM_JOB_ID", true), ("NCCL_DEBUG", true), ("PYTHONHASHSEED", true),
        ("HOME", false), ("PATH", false), ("AWS_ACCESS_KEY_ID", false), ("SLURM_JWT", false), ("PBS_JOBCOOKIE", false),
        ("SLURM_PASSWORD", false), ("CUDA_VISIBLE_DEVICES_", false), ("WANDB_MODE", true), ("WANDB_API_KEY", false),
        ("HF_TOKEN", true), ("GH_TOKEN", false), ("", false),
    ])
    func `what changes a run or says where it ran is recorded, and a secret only by its own name`(
        name: String, isRecorded: Bool
    ) throws {
        let list = EnvironmentAllowList(additions: [try GlobPattern("WANDB_*"), try GlobPattern("HF_TOKEN")])
        #expect(list.holds(name) == isRecorded)
    }
}
