"""Prunes a model through Bonsai's planner, from token windows to a plan with its recovered weights.

    python3 prune.py PLANNER MODEL WINDOWS.json FOLDER

MODEL is a path below the root that the scorers serve, WINDOWS.json a list of lists of token ids. README.md says how to run it.
"""

import hashlib
import json
import os
import sys

import grpc
from bonsai.v1 import plan_pb2, planner_pb2, planner_pb2_grpc, recovery_pb2, scoring_pb2
from google.protobuf import json_format

WINDOWS_PER_MESSAGE = 64

# Of a planner that is being restarted. All calls below are safe to repeat.
RETRIES = {
    "maxAttempts": 5,
    "initialBackoff": "1s",
    "maxBackoff": "30s",
    "backoffMultiplier": 3,
    "retryableStatusCodes": ["UNAVAILABLE"],
}

STOPPED = (planner_pb2.JOB_STATE_FAILED, planner_pb2.JOB_STATE_CANCELLED, planner_pb2.JOB_STATE_INTERRUPTED)


def connect(address):
    config = {"methodConfig": [{"name": [{}], "retryPolicy": RETRIES}]}
    options = [("grpc.service_config", json.dumps(config))]
    return planner_pb2_grpc.PlannerServiceStub(grpc.insecure_channel(address, options))


def upload(planner, windows):
    """Windows are stored under their digest: to upload the same twice does no harm."""
    chunks = [windows[at : at + WINDOWS_PER_MESSAGE] for at in range(0, len(windows), WINDOWS_PER_MESSAGE)]
    requests = (
        planner_pb2.UploadCalibrationRequest(windows=[scoring_pb2.TokenWindow(token_ids=ids) for ids in chunk])
        for chunk in chunks
    )
    return planner.UploadCalibration(requests).name


def settings():
    """What README.md recommends: half of the parameters, cut by the prior in five rounds, each made up for by least squares."""
    return plan_pb2.PlanSettings(
        method=plan_pb2.METHOD_PRIOR_ONLY,
        sparsity=0.5,
        rounds=5,
        recovery_method=recovery_pb2.RECOVERY_METHOD_ALIGNED_LEAST_SQUARES,
        recovery_schedule=recovery_pb2.RECOVERY_SCHEDULE_EVERY_ROUND,
    )


def finished(planner, name):
    """Follows a job to its end. Whatever stopped it, an earlier failure or a restart of the planner, it goes on from what was stored."""
    while True:
        if planner.GetJob(planner_pb2.GetJobRequest(name=name)).job.state in STOPPED:
            planner.ResumeJob(planner_pb2.ResumeJobRequest(name=name))
        try:
            for response in planner.WatchJob(planner_pb2.WatchJobRequest(name=name)):
                job = response.job
                print(f"round {job.progress.rounds_done} of {job.progress.rounds_total}", file=sys.stderr)
        except grpc.RpcError as error:
            # gRPC repeats no stream that breaks off after its first message.
            if error.code() != grpc.StatusCode.UNAVAILABLE:
                raise
            continue
        if job.state != planner_pb2.JOB_STATE_INTERRUPTED:
            return job


def plan_of(planner, job):
    """Puts the parts together: the plan first, then its layers, a large one in several parts."""
    plan = None
    for response in planner.GetPlan(planner_pb2.GetPlanRequest(job=job)):
        if response.HasField("plan"):
            plan = response.plan
            continue
        for part in response.layers.parts:
            while len(plan.layers) <= part.layer:
                plan.layers.add()
                plan.evidence.add()
            # Merging appends lists to lists.
            plan.layers[part.layer].MergeFrom(part.kept)
            plan.evidence[part.layer].MergeFrom(part.evidence)
    return plan


def save_weights(planner, job, path):
    with open(path + ".part", "wb") as file:
        for response in planner.GetPlanWeights(planner_pb2.GetPlanWeightsRequest(job=job)):
            file.write(response.data)
    os.replace(path + ".part", path)


def main(address, model, windows_path, folder):
    os.makedirs(folder, exist_ok=True)
    planner = connect(address)
    with open(windows_path) as file:
        calibration = upload(planner, json.load(file))
    spec = planner_pb2.JobSpec(model=scoring_pb2.ModelRef(path=model), calibration=calibration, settings=settings())
    estimate = planner.EstimateJob(planner_pb2.EstimateJobRequest(spec=spec))
    print(f"{estimate.forward_tokens} forward tokens, {estimate.gpu_memory_bytes} bytes of GPU memory", file=sys.stderr)
    # With an id of one's own, a call that is repeated because its answer was lost makes no second job, nor does a second run.
    job_id = hashlib.sha256(spec.SerializeToString(deterministic=True)).hexdigest()[:32]
    job = planner.CreateJob(planner_pb2.CreateJobRequest(spec=spec, job_id=job_id)).job
    job = finished(planner, job.name)
    if job.state != planner_pb2.JOB_STATE_SUCCEEDED:
        state = planner_pb2.JobState.Name(job.state)
        sys.exit(f"{job.name} ended as {state} {job.error.reason} {job.error.message}")
    plan = plan_of(planner, job.name)
    if plan.recovery.weights_digest:
        save_weights(planner, job.name, os.path.join(folder, "recovered.safetensors"))
    with open(os.path.join(folder, "plan.json"), "w") as file:
        file.write(json_format.MessageToJson(plan))
    print(plan.digest)


main(*sys.argv[1:])
