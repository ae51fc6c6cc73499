# Golden means of new rows from multilevel models. Run: Rscript tests/golden/mixed_predict.R
suppressMessages({library(lme4); library(glmmTMB)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "schools.csv"))
versions <- sprintf("R %s; lme4 %s; glmmTMB %s", getRversion(), packageVersion("lme4"), packageVersion("glmmTMB"))
new <- d[1:12, ]
new$school[3:5] <- 999  # three rows of a school that no fit has seen, one of them of a new area
new$area[3] <- 99
new$idaci[6:7] <- c(0, 0.95)
golden <- NULL
keep <- function(model, fit) {
  for (effects in c(TRUE, FALSE)) {
    value <- predict(fit, newdata = new, type = "response", allow.new.levels = TRUE,
                     re.form = if (effects) NULL else NA)
    golden <<- rbind(golden, data.frame(model, effects, row = seq_len(nrow(new)) - 1, value = sprintf("%.15g", value)))
  }
}
exact <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = FALSE)
tight <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5))
keep("gaussian", lmer(score ~ sex + need + idaci + (1 + idaci | area) + (1 | school), d, control = exact))
keep("binomial", glmer(outcome ~ sex + need + idaci + (1 + idaci | area) + (1 | school), d, binomial, control = tight))
keep("cloglog", glmmTMB(outcome ~ sex + need + (1 | school), d, binomial("cloglog")))
keep("poisson", glmer(visits ~ sex + idaci + offset(log(years)) + (1 | area) + (1 | school), d, poisson, control = tight))
keep("negative_binomial", glmmTMB(contacts ~ sex + need + idaci + offset(log(years)) + (1 + idaci | area) + (1 | school), d, nbinom2))
golden$versions <- versions
write.csv(golden, file.path(here, "mixed_predict.csv"), row.names = FALSE, quote = TRUE)
