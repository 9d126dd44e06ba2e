//! How to measure: a load script for Locust, run before and after.

use super::{deployment, new};
use crate::context::Context;
use crate::data::GuideFile;

/// The load script.
pub(crate) fn file(context: &Context<'_>) -> GuideFile {
    let text = "\"\"\"Load for before and after: the same users, the same pages.\n\n    pip install locust\n    LOAD_PATHS=/products/1/,/profile/7/ locust -f deploy/locustfile.py --host http://127.0.0.1:8000 \\\\\n        --headless --users 50 --spawn-rate 10 --run-time 60s --csv before\n\nCompare `before_stats.csv` and `after_stats.csv`: requests/s, the 95 % column, and failures. Watch the memory and the\nnumber of threads of the server's processes meanwhile.\n\"\"\"\n\nimport os\n\nfrom locust import FastHttpUser, constant_pacing, task\n\nPATHS = [path for path in os.environ.get(\"LOAD_PATHS\", \"/\").split(\",\") if path]\n\n\nclass Visitor(FastHttpUser):\n    \"\"\"Asks for one page a second.\"\"\"\n\n    wait_time = constant_pacing(1)\n\n    @task\n    def pages(self):\n        for path in PATHS:\n            self.client.get(path, name=path)\n".to_owned();
    new(
        &context.project.home.path("deploy/locustfile.py"),
        "python",
        deployment::STEP,
        "A load script for Locust: run it before the migration, and after it.",
        text,
    )
}
